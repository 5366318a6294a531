internal import Glibc
internal import JSONText
internal import Platform

/// One line of the log, before it is bytes.
struct LogLine {
    let level: LogLevel
    let message: String
    let time: UTCInstant
    let fields: KeyValuePairs<String, LogValue>
    let invocation: Logger.Invocation?
    /// What `commonMembers` gave for the process.
    let commonMembers: [UInt8]
    /// What CloudWatch makes metrics of; a line with it is JSON whatever the format is.
    var metrics: EmbeddedMetrics?

    /// The most bytes of one text.
    ///
    /// CloudWatch takes 1 MiB a line: a few such texts stay below it even if all of each must be escaped.
    private static let longestText = 32 * 1_024

    /// Appends the line with its newline, or with its frame in front.
    ///
    /// `timestamp` is the output's, which the lines before were written with.
    func append(to bytes: inout [UInt8], configuration: LogConfiguration, timestamp: inout LogTimestamp) {
        switch configuration.destination {
        case .lines:
            self.appendContent(to: &bytes, configuration: configuration, timestamp: &timestamp)
            bytes.append(UInt8(ascii: "\n"))
        case .frames:
            let start = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: 16))
            self.appendContent(to: &bytes, configuration: configuration, timestamp: &timestamp)
            self.fillFrame(in: &bytes, at: start, format: configuration.format)
        }
    }

    private func appendContent(
        to bytes: inout [UInt8],
        configuration: LogConfiguration,
        timestamp: inout LogTimestamp
    ) {
        switch self.metrics == nil ? configuration.format : .json {
        case .json: self.appendJSON(to: &bytes, timestamp: &timestamp)
        case .text: self.appendText(to: &bytes, timestamp: &timestamp)
        }
    }

    private func appendJSON(to bytes: inout [UInt8], timestamp: inout LogTimestamp) {
        Self.appendLiteral(Self.opening(of: self.level), to: &bytes)
        Self.appendQuoted(self.message, to: &bytes)
        Self.appendLiteral(#","timestamp":""#, to: &bytes)
        timestamp.append(self.time, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: self.commonMembers)
        if let invocation = self.invocation { bytes.append(contentsOf: invocation.members) }
        for (key, value) in self.fields {
            if case .absent = value { continue }
            JSONWriter.appendKey(key, to: &bytes)
            Self.append(value, to: &bytes)
        }
        self.metrics?.append(to: &bytes, time: self.time)
        bytes.append(UInt8(ascii: "}"))
    }

    /// What stands in front of the message, in one piece.
    private static func opening(of level: LogLevel) -> StaticString {
        switch level {
        case .trace: #"{"level":"TRACE","message":"#
        case .debug: #"{"level":"DEBUG","message":"#
        case .info: #"{"level":"INFO","message":"#
        case .warn: #"{"level":"WARN","message":"#
        case .error: #"{"level":"ERROR","message":"#
        case .fatal: #"{"level":"FATAL","message":"#
        }
    }

    /// The members that all lines of a process share, each with a comma in front.
    static func commonMembers(_ configuration: LogConfiguration) -> [UInt8] {
        var bytes: [UInt8] = []
        if let service = configuration.service { self.appendMember("service", service, to: &bytes) }
        if let name = configuration.functionName { self.appendMember("function_name", name, to: &bytes) }
        return bytes
    }

    /// The members that all lines of an invocation share, each with a comma in front.
    static func members(requestID: String, traceID: String?, coldStart: Bool) -> [UInt8] {
        var bytes = Array((coldStart ? #","cold_start":true"# : #","cold_start":false"#).utf8)
        // Powertools' name, and the one that Lambda's own filters read.
        self.appendMember("function_request_id", requestID, to: &bytes)
        self.appendMember("requestId", requestID, to: &bytes)
        if let traceID { self.appendMember("xray_trace_id", self.root(of: traceID), to: &bytes) }
        return bytes
    }

    /// `[INFO]<tab>timestamp<tab>request id<tab>message<tab>key=value…`; newlines are escaped, so that a line stays one.
    private func appendText(to bytes: inout [UInt8], timestamp: inout LogTimestamp) {
        Self.append("[", self.level.name, to: &bytes)
        bytes.append(contentsOf: "]\t".utf8)
        timestamp.append(self.time, to: &bytes)
        Self.append("\t", self.invocation?.requestID ?? "-", to: &bytes)
        bytes.append(UInt8(ascii: "\t"))
        let start = bytes.count
        for byte in Self.clean(self.message).utf8 {
            switch byte {
            case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
            case 0..<0x20: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        PersonalData.escapeInvisible(in: &bytes, from: start)
        for (key, value) in self.fields {
            if case .absent = value { continue }
            Self.append("\t", key, to: &bytes)
            bytes.append(UInt8(ascii: "="))
            Self.append(value, to: &bytes)
        }
    }

    private static func append(_ value: LogValue, to bytes: inout [UInt8]) {
        switch value {
        case .string(let text):
            self.appendQuoted(text, to: &bytes)
        case .integer(let number):
            bytes.append(contentsOf: String(number).utf8)
        case .absent: break
        case .strings(let texts):
            bytes.append(UInt8(ascii: "["))
            for (index, text) in texts.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                self.appendQuoted(text, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        }
    }

    private static func appendLiteral(_ text: StaticString, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private static func append(_ first: String, _ second: String, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: first.utf8)
        bytes.append(contentsOf: second.utf8)
    }

    private static func appendMember(_ key: String, _ value: String, to bytes: inout [UInt8]) {
        JSONWriter.appendKey(key, to: &bytes)
        JSONWriter.appendQuoted(value, to: &bytes)
    }

    /// `text` in quotes, without personal data and invisible characters, and not longer than a line can hold.
    private static func appendQuoted(_ text: String, to bytes: inout [UInt8]) {
        if text.utf8.count <= self.longestText, !PersonalData.isSuspect(text) {
            JSONWriter.appendQuoted(text, to: &bytes)
        } else {
            let start = bytes.count
            JSONWriter.appendQuoted(self.clean(text), to: &bytes)
            PersonalData.escapeInvisible(in: &bytes, from: start)
        }
    }

    /// `text` without personal data, and not longer than a line can hold.
    private static func clean(_ text: String) -> String {
        // Masked before it is cut: the cut could fall between a local part and what shows that it is one.
        let masked = PersonalData.masked(text)
        guard masked.utf8.count > self.longestText else { return masked }
        return String(decoding: masked.utf8.prefix(self.longestText), as: UTF8.self) + "… (cut)"
    }

    /// The trace's own id out of `Root=1-…;Parent=…;Sampled=1`.
    private static func root(of traceID: String) -> String {
        traceID.withUTF8Bytes { bytes in
            var start = 0
            while start < bytes.count {
                let end = bytes[start...].firstIndex(of: UInt8(ascii: ";")) ?? bytes.count
                let field = UnsafeBufferPointer(rebasing: bytes[start..<end])
                if let base = field.baseAddress, field.count >= 5, memcmp(base, "Root=", 5) == 0 {
                    return String(decoding: field[5...], as: UTF8.self)
                }
                start = end + 1
            }
            return traceID
        }
    }

    /// Lambda's frame: type, length, microseconds since 1970, all big-endian, then the line.
    ///
    /// The type's last byte says level and format.
    private func fillFrame(in bytes: inout [UInt8], at start: Int, format: LogConfiguration.Format) {
        let code: UInt32 =
            switch self.level {
            case .trace: 0x06
            case .debug: 0x0A
            case .info: 0x0E
            case .warn: 0x12
            case .error: 0x16
            case .fatal: 0x1A
            }
        let type = 0xA55A_0000 | code | (format == .text ? 1 : 0)
        let length = UInt32(bytes.count - start - 16)
        let microseconds = UInt64(max(0, self.time.nanosecondsSince1970 / 1_000))
        for index in 0..<4 {
            bytes[start + index] = UInt8(truncatingIfNeeded: type >> UInt32(24 - 8 * index))
            bytes[start + 4 + index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * index))
        }
        for index in 0..<8 {
            bytes[start + 8 + index] = UInt8(truncatingIfNeeded: microseconds >> UInt64(56 - 8 * index))
        }
    }
}

/// The text of the time that was written last: the lines of a batch are mostly of one millisecond
/// (docs/performance.md).
struct LogTimestamp: Sendable {
    private var millisecond: Int64?
    private var text: [UInt8] = []

    /// Appends `2025-08-27T18:08:00.648Z`.
    mutating func append(_ time: UTCInstant, to bytes: inout [UInt8]) {
        let millisecond = time.millisecondsSince1970
        if millisecond != self.millisecond {
            self.millisecond = millisecond
            self.text.removeAll(keepingCapacity: true)
            time.appendISO8601(to: &self.text)
        }
        self.text.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }
}
