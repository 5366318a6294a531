internal import JSONText
internal import Platform

/// An error as the Runtime API takes it: a type, a JSON body, and a JSON header for X-Ray.
package struct ErrorReport: Sendable, Equatable {
    /// Matches `(Runtime|Function)\.[A-Z][a-zA-Z]+`.
    package let errorType: String
    /// The whole message, without personal data.
    package let errorMessage: String

    /// The report that an error chooses where it is a `LambdaError`; else its Swift type and its text.
    package init(_ error: any Error) {
        if let error = error as? any LambdaError {
            self.init(errorType: error.errorType, errorMessage: error.errorMessage)
        } else {
            self.init(errorType: "Function.\(type(of: error))", errorMessage: String(describing: error))
        }
    }

    /// A report whose type and message are masked, and whose type is made valid.
    package init(errorType: String, errorMessage: String) {
        self.errorType = Self.valid(PersonalData.masked(errorType))
        self.errorMessage = PersonalData.masked(errorMessage)
    }

    /// `{"errorMessage":…,"errorType":…,"stackTrace":[]}`, at most 1 MiB: a larger one is answered 413 by Managed
    /// Instances.
    package var body: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 128 + self.errorMessage.utf8.count)
        writer.beginObject()
        writer.member("errorMessage", Self.prefix(self.errorMessage, ofBytes: 1_024 * 1_024 - 1_024, Self.bytesInUTF8))
        writer.member("errorType", self.errorType)
        writer.key("stackTrace")
        writer.array { _ in }
        writer.endObject()
        return writer.bytes
    }

    /// The cause that X-Ray shows, as ASCII since it travels in a header.
    ///
    /// Its message is cut where it takes 4 KiB of the header, escapes included: servers refuse large heads.
    package func xRayCause(workingDirectory: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("working_directory", workingDirectory)
        writer.key("paths")
        writer.array { _ in }
        writer.key("exceptions")
        writer.beginArray()
        writer.beginObject()
        writer.member("type", self.errorType)
        writer.member("message", Self.prefix(self.errorMessage, ofBytes: 4_096, Self.bytesInASCII))
        writer.key("stack")
        writer.array { _ in }
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return Self.ascii(writer.bytes)
    }

    /// `errorType` as it is if Lambda would accept it, else its first 128 letters behind `Function.`.
    static func valid(_ errorType: String) -> String {
        let bytes = Array(errorType.utf8)
        let prefix = bytes.starts(with: "Runtime.".utf8) ? "Runtime." : "Function."
        let name = bytes.starts(with: prefix.utf8) ? bytes.dropFirst(prefix.utf8.count) : bytes[...]
        let letters = name.filter { $0.isASCIILetter }
        guard letters.count > 1, let first = letters.first else { return prefix + "Unknown" }
        return prefix + String(decoding: [first & ~0x20] + letters.prefix(128).dropFirst(), as: UTF8.self)
    }

    /// How many bytes a character of a text takes in JSON.
    private static func bytesInUTF8(_ scalar: Unicode.Scalar) -> Int {
        scalar.value < 0x20 ? 6 : scalar == "\"" || scalar == "\\" ? 2 : UTF8.width(scalar)
    }

    /// How many it takes in `ascii`.
    private static func bytesInASCII(_ scalar: Unicode.Scalar) -> Int {
        scalar.value < 0x7F ? self.bytesInUTF8(scalar) : 6 * UTF16.width(scalar)
    }

    /// As many characters from the start as take `limit` bytes, of which each takes what `bytes` says.
    private static func prefix(_ text: String, ofBytes limit: Int, _ bytes: (Unicode.Scalar) -> Int) -> String {
        // Six bytes, `\u0001`, is the longest that one byte becomes.
        guard text.utf8.count > limit / 6 else { return text }
        let mark = "… (cut)"
        let longest = limit - mark.unicodeScalars.reduce(0) { $0 + bytes($1) }
        var length = 0
        var end = text.startIndex
        for index in text.unicodeScalars.indices {
            let scalar = text.unicodeScalars[index]
            if length <= longest { end = index }
            length += bytes(scalar)
            if length > limit { return text[..<end] + mark }
        }
        return text
    }

    /// JSON text with everything outside ASCII as `\u` escapes.
    private static func ascii(_ json: [UInt8]) -> [UInt8] {
        guard json.contains(where: { $0 >= 0x7F }) else { return json }
        var result: [UInt8] = []
        for unit in String(decoding: json, as: UTF8.self).utf16 {
            if unit < 0x7F {
                result.append(UInt8(unit))
            } else {
                Hexadecimal.appendUnicodeEscape(unit, to: &result)
            }
        }
        return result
    }
}

/// An error that chooses how its failure is reported.
///
/// Of any other error the name of its Swift type is reported.
package protocol LambdaError: Error {
    /// What alarms and retries can be bound to: `Function.` or `Runtime.` and a name of letters that begins with a
    /// capital, such as `Function.OrderDecodingError`. Lambda turns anything else into `Unknown`.
    var errorType: String { get }
    /// What is wrong, where, and what to do. No personal data: the caller and the logs see it.
    var errorMessage: String { get }
}

extension EnvironmentError: LambdaError {
    /// The type by which Lambda's log names the failure.
    package var errorType: String { "Runtime.ConfigurationError" }
    /// Which variable is wrong, and what to do about it.
    package var errorMessage: String { self.description }
}
