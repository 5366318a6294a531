internal import JSONText
internal import Platform

/// Writes the heads of requests to the Runtime API.
///
/// Keeps its memory from one request to the next.
package struct RuntimeAPIRequest: Sendable {
    /// The calls a runtime makes.
    package enum Call: Sendable, Equatable {
        case next
        case response(requestID: String)
        case invocationError(requestID: String)
        case initializationError
        case registerExtension
        case nextExtensionEvent(identifier: String)
    }

    /// The last head that was written.
    package private(set) var head: [UInt8] = []
    private let common: [UInt8]
    /// The head of `next` but for its end: it is the same each time.
    private let next: [UInt8]

    /// The requests to the server at `address`.
    package init(address: RuntimeAPIAddress) {
        // Lambda records the user agent as the runtime's release.
        self.common = Array(" HTTP/1.1\r\nHost: \(address)\r\nUser-Agent: order-event-pipeline/1.0\r\n".utf8)
        self.next = Array("GET /2018-06-01/runtime/invocation/next".utf8) + self.common
        self.head.reserveCapacity(1_024)
    }

    /// Writes the head of `call`; nil for `bodyLength`: it has no body.
    package mutating func begin(_ call: Call, bodyLength: Int? = nil) {
        self.head.removeAll(keepingCapacity: true)
        switch call {
        case .next:
            self.head.append(contentsOf: self.next)
            return
        case .response(let requestID):
            self.append("POST /2018-06-01/runtime/invocation/")
            self.appendPathSegment(requestID)
            self.append("/response")
        case .invocationError(let requestID):
            self.append("POST /2018-06-01/runtime/invocation/")
            self.appendPathSegment(requestID)
            self.append("/error")
        case .initializationError:
            self.append("POST /2018-06-01/runtime/init/error")
        case .registerExtension:
            self.append("POST /2020-01-01/extension/register")
        case .nextExtensionEvent:
            self.append("GET /2020-01-01/extension/event/next")
        }
        self.head.append(contentsOf: self.common)
        if case .nextExtensionEvent(let identifier) = call {
            self.header("Lambda-Extension-Identifier", identifier)
        }
        if let bodyLength {
            self.append("Content-Type: application/json\r\nContent-Length: ")
            self.append(text: String(bodyLength))
            self.append("\r\n")
        }
    }

    /// Adds a header.
    ///
    /// Bytes that would end its line are left out: values come from outside.
    package mutating func header(_ name: StaticString, _ value: some Sequence<UInt8>) {
        self.append(name)
        self.append(": ")
        for byte in value where byte >= 0x20 || byte == 0x09 { self.head.append(byte) }
        self.append("\r\n")
    }

    /// Adds a header whose value is text.
    package mutating func header(_ name: StaticString, _ value: String) {
        self.header(name, value.utf8)
    }

    /// Adds the headers by which Lambda knows an error: its type, and the cause that X-Ray shows.
    mutating func addError(_ report: ErrorReport, workingDirectory: String) {
        self.header("Lambda-Runtime-Function-Error-Type", report.errorType)
        self.header("Lambda-Runtime-Function-XRay-Error-Cause", report.xRayCause(workingDirectory: workingDirectory))
    }

    /// Ends the head.
    package mutating func end() {
        self.append("\r\n")
    }

    private mutating func append(_ text: StaticString) {
        self.head.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func append(text: String) {
        text.withUTF8Bytes { self.head.append(contentsOf: $0) }
    }

    /// A request id is a UUID at Lambda; whatever else a server makes of it must not break the request line.
    private mutating func appendPathSegment(_ text: String) {
        if text.withUTF8Bytes({ $0.allSatisfy(Self.isPathByte) }) {
            self.append(text: text)
            return
        }
        for byte in text.utf8 {
            if Self.isPathByte(byte) {
                self.head.append(byte)
            } else {
                self.append("%")
                self.head.append(Hexadecimal.capitalDigit(byte >> 4))
                self.head.append(Hexadecimal.capitalDigit(byte & 0x0F))
            }
        }
    }

    private static func isPathByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "@"):
            true
        default:
            false
        }
    }
}
