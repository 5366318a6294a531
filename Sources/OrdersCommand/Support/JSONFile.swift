internal import Foundation
package import JSONText

/// A file that has to be one JSON text.
package enum JSONFile {
    /// The bytes of the file, or of standard input for `-`, as they are; throws if they are not JSON.
    package static func read(_ path: String, limits: JSONLimits) throws -> [UInt8] {
        let bytes = try self.bytes(path)
        do {
            try JSONReader.read(bytes, limits: limits) { _ = try $0.skip() }
        } catch let error as JSONError {
            throw ToolError.badUse(self.describe(error, in: bytes, of: path))
        }
        return bytes
    }

    /// The bytes of the file, or of standard input for `-`.
    package static func bytes(_ path: String) throws -> [UInt8] {
        if path == "-" { return try Console.input() }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ToolError.badUse("\(path): no such file. The repository's samples are in events/")
        }
        guard !isFolder.boolValue else { throw ToolError.badUse("\(path): is a folder; name a file in it") }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ToolError.badUse("\(path): cannot be read; look at its permissions")
        }
        return Array(data)
    }

    /// `event.json:3:17: not valid JSON: expected a value ($.Records[0])`.
    ///
    /// `shift` is where the text that is at fault starts in the file.
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
        return "\(path):\(line):\(column): not valid JSON: \(error.reason) (\(error.path)). Correct the file there"
    }
}
