internal import JSONText

/// One record as one line of NDJSON.
package enum ArchiveLine {
    /// Deeper texts are archived all the same, as `unparsed`; the reader's stack is what bounds it.
    private static let limits = JSONLimits(depth: 1_024)

    /// Appends the line with its newline.
    ///
    /// A payload that is one JSON text is taken byte for byte but for its line breaks, which can only stand between
    /// tokens: inside strings JSON escapes them. Any other payload becomes `{"unparsed":"<base64>"}`.
    package static func append(_ payload: [UInt8], to lines: inout [UInt8]) {
        if self.isJSON(payload) {
            if payload.contains(where: self.isLineBreak) {
                lines.append(contentsOf: payload.lazy.filter { !self.isLineBreak($0) })
            } else {
                lines.append(contentsOf: payload)
            }
        } else {
            lines.append(contentsOf: #"{"unparsed":""#.utf8)
            lines.append(contentsOf: Base64.encode(payload).utf8)
            lines.append(contentsOf: #""}"#.utf8)
        }
        lines.append(UInt8(ascii: "\n"))
    }

    private static func isJSON(_ payload: [UInt8]) -> Bool {
        do {
            try JSONReader.read(payload, limits: self.limits) { reader in _ = try reader.skip() }
            return true
        } catch {
            return false
        }
    }

    private static func isLineBreak(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }
}
