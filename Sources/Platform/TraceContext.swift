/// The trace that the work of a task belongs to, for what the task asks of others.
///
/// A value of the task, since a process may work on several invocations at once. Nothing is measured or sent to X-Ray here:
/// its daemon and SDKs are supported until February 2027, and what is passed on is what follows an order without them.
package struct TraceContext: Sendable, Equatable {
    /// The trace of this task; nil outside of one.
    @TaskLocal package static var current: TraceContext?

    /// What goes with requests as `X-Amzn-Trace-Id`, encoded as AWS's SDKs encode it.
    ///
    /// X-Ray follows an order by it, SQS and SNS give it to receivers as `AWSTraceHeader`, and Lambda finds functions by it
    /// that call each other without end.
    package let xRayHeader: String?
    /// What goes with requests and messages as `traceparent` (W3C Trace Context): that of the caller, unchanged, since there
    /// are no spans here to be a parent, else the same trace as X-Ray's header names.
    package let traceParent: String?

    /// The trace of an invocation; nil without its header `Lambda-Runtime-Trace-Id`, `Root=…;Parent=…;Sampled=…`.
    package init?(ofInvocation header: String?) {
        guard let header, !header.isEmpty else { return nil }
        self.xRayHeader = Self.encoded(header)
        self.traceParent = Self.traceParent(ofXRay: header)
    }

    private init(xRayHeader: String?, traceParent: String?) {
        self.xRayHeader = xRayHeader
        self.traceParent = traceParent
    }

    /// The trace of this task as a caller's `traceparent` continues it.
    package static func continuing(_ traceParent: String) -> TraceContext {
        TraceContext(xRayHeader: Self.current?.xRayHeader, traceParent: traceParent)
    }

    // MARK: X-Ray's header

    /// Percent-encoded but for letters, digits and the characters that botocore lets through in this header.
    private static func encoded(_ header: String) -> String {
        if header.utf8.allSatisfy(Self.isPlain) { return header }
        var bytes: [UInt8] = []
        for byte in header.utf8 {
            if Self.isPlain(byte) {
                bytes.append(byte)
            } else {
                bytes += [
                    UInt8(ascii: "%"), Hexadecimal.capitalDigit(byte >> 4), Hexadecimal.capitalDigit(byte & 0x0F),
                ]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: Self.plainMarks.utf8.contains(byte)
        }
    }

    private static let plainMarks = "-=;:+&[]{}\"',_.~"

    /// `Root=1-<8 digits>-<24 digits>;Parent=<16 digits>;Sampled=1` as `00-<32 digits>-<16 digits>-01`, which is the same trace
    /// (AWS X-Ray, Sending trace data: a W3C trace id in X-Ray's format has hyphens behind `1` and the first 8 digits).
    private static func traceParent(ofXRay header: String) -> String? {
        var root: Substring.UTF8View?
        var parent: Substring.UTF8View?
        var flags = "00"
        for field in header.utf8.split(separator: UInt8(ascii: ";")) {
            if field.starts(with: "Root=1-".utf8) {
                root = field.dropFirst(7)
            } else if field.starts(with: "Parent=".utf8) {
                parent = field.dropFirst(7)
            } else if field.elementsEqual("Sampled=1".utf8) {
                flags = "01"
            }
        }
        guard let root, let parent, root.count == 33 else { return nil }
        let (time, rest) = (root.prefix(8), root.dropFirst(9))
        guard root.dropFirst(8).first == UInt8(ascii: "-") else { return nil }
        let text = "00-\(Substring(time))\(Substring(rest))-\(Substring(parent))-\(flags)"
        return Self.traceID(ofTraceParent: text) == nil ? nil : text
    }

    // MARK: W3C's header

    /// The trace id of `00-<trace id>-<parent id>-<flags>`: 32 hexadecimal digits, not all of them zero; nil where the header
    /// is malformed.
    package static func traceID(ofTraceParent value: String) -> String? {
        let bytes = Array(value.utf8)
        let isLaterVersion = !value.utf8.starts(with: "00".utf8)
        guard bytes.count == 55 || (isLaterVersion && bytes.count > 55 && bytes[55] == UInt8(ascii: "-")),
            [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }),
            [0..<2, 3..<35, 36..<52, 53..<55].allSatisfy({ bytes[$0].allSatisfy(Self.isHexadecimal) }),
            !value.utf8.starts(with: "ff".utf8),
            bytes[3..<35].contains(where: { $0 != UInt8(ascii: "0") }),
            bytes[36..<52].contains(where: { $0 != UInt8(ascii: "0") })
        else { return nil }
        return String(decoding: bytes[3..<35], as: UTF8.self)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") <= 9 || byte &- UInt8(ascii: "a") <= 5
    }
}
