import JSONText
import Testing

/// A line of the archive, read back.
struct ArchivedLine {
    /// The members by name, as JSON texts, strings decoded.
    let members: [String: String]
    /// The names in the line's order.
    let names: [String]
    /// The members of `order`, the same way.
    let order: [String: String]

    init(_ line: String) throws {
        (self.names, self.members) = try Self.members(of: line)
        self.order = try Self.members(of: try #require(self.members["order"])).members
    }

    /// What the producer sent.
    var payload: [UInt8]? {
        if let data = self.members["data"] ?? self.members["unparsed"] { return Base64.decode(Array(data.utf8)) }
        return self.members["record"].map { Array($0.utf8) }
    }

    subscript(name: String) -> String? { self.members[name] }

    private static func members(of text: String) throws -> (names: [String], members: [String: String]) {
        var members: [String: String] = [:]
        var names: [String] = []
        try JSONReader.read(Array(text.utf8), limits: JSONLimits(depth: 2_000)) { reader in
            try reader.readObject { key, reader in
                let name = key.string
                names.append(name)
                // The payload as it stands in the line, white space around it included.
                let start = reader.offset
                if try reader.peek() == .string, name != "record" {
                    members[name] = try reader.readString()
                } else {
                    members[name] = String(
                        decoding: reader.slice(start..<(try reader.skip()).upperBound),
                        as: UTF8.self
                    )
                }
            }
        }
        return (names, members)
    }
}
