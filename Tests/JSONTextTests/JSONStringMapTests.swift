import JSONText
import TestSupport
import Testing

@Suite struct JSONStringMapTests {
    /// A JSON string of that value, in which some characters are escaped.
    private static func written(_ value: String, using generator: inout SeededGenerator) -> String {
        let characters = value.utf8.map { byte in
            let isEscaped = Int.random(in: 0..<8, using: &generator) == 0
            let hexadecimal = String(byte, radix: 16)
            return isEscaped
                ? #"\u00"# + (hexadecimal.count == 1 ? "0" : "") + hexadecimal : String(UnicodeScalar(byte))
        }
        return "\"" + characters.joined() + "\""
    }

    /// Around the number of keys from which on they are hashed, short and long ones, with repetitions, in any order.
    @Test(arguments: [1, 2, 5, 63, 64, 65, 66, 300], UInt64(0)..<10)
    func `keeps values as a dictionary of strings does`(count: Int, seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let prefix = seed % 2 == 0 ? "P-" : "product-of-a-long-name-"
        let keys = (0..<count).map { _ in prefix + "\(Int.random(in: 0..<count, using: &generator))" }
        let asked = keys + ["none", ""] + keys.shuffled(using: &generator)
        let text = "[\(asked.map { Self.written($0, using: &generator) }.joined(separator: ","))]"
        try JSONReader.read(Array(text.utf8)) { reader in
            var map = JSONStringMap(reservingCapacity: count / 2)
            var dictionary: [String: Int] = [:]
            try reader.readArray { position, reader in
                let key = try reader.readStringToken()
                #expect(key.string == asked[position])
                let before = map.updateValue(position, forKey: key)
                #expect(before == dictionary.updateValue(position, forKey: key.string))
            }
        }
    }

    @Test func `keys that differ only in front are told apart`() throws {
        try JSONReader.read(Array(#"["a-12345678","b-12345678","a-12345678"]"#.utf8)) { reader in
            var map = JSONStringMap()
            var values: [Int?] = []
            try reader.readArray { position, reader in
                values.append(map.updateValue(position, forKey: try reader.readStringToken()))
            }
            #expect(values == [nil, nil, 0])
        }
    }
}
