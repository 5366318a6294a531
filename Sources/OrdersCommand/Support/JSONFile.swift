package import JSONText

/// A file that has to be one JSON text.
package enum JSONFile {
    /// The text of the file, or of standard input for `-`, as it is but for a byte order mark; throws if it is not JSON.
    package static func read(_ path: String, limits: JSONLimits) throws -> [UInt8] {
        let bytes = try InputFile.text(path, limit: limits.bytes)
        do {
            try JSONReader.read(bytes, limits: limits) { _ = try $0.skip() }
        } catch let error as JSONError {
            throw ToolError.badUse(self.describe(error, in: bytes, of: path))
        }
        return bytes
    }

    /// `event.json:3:17: not valid JSON: expected a value ($.Records[0])`.
    ///
    /// A `path` of `-` is standard input. `shift` is where the text that is at fault starts in the file.
    package static func describe(
        _ error: JSONError,
        shiftedBy shift: Int = 0,
        in bytes: [UInt8],
        of path: String
    ) -> String {
        let before = bytes.prefix(shift + error.offset)
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        // Columns count characters: a continuation byte of UTF-8 is part of the one before it.
        let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
        let place = "\(InputFile.name(path)):\(line):\(column)"
        return "\(place): not valid JSON: \(error.reason) (\(error.path)). Correct it there"
    }
}
