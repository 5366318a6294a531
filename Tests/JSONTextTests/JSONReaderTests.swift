import JSONText
import Testing

@Suite struct JSONReaderTests {
    /// Runs `body` on a text.
    private func read<Value>(_ text: String, _ body: (inout JSONReader) throws -> Value) throws -> Value {
        try JSONReader.read(Array(text.utf8), body)
    }

    @Test func `reads what the caller names`() throws {
        var id: String?
        var amount: String?
        var quantity: Int64?
        var isGift: Bool?
        var isNull = false
        var tags: [String] = []
        try self.read(
            #"{"orderId":"O-1","amount":12.50,"quantity":-3,"gift":true,"note":null,"tags":["a","b"],"rest":{"x":[1]}}"#
        ) { reader in
            try reader.readObject { key, reader in
                switch key {
                case "orderId": id = try reader.readString()
                case "amount": amount = try reader.readNumber().text
                case "quantity": quantity = try reader.readInteger()
                case "gift": isGift = try reader.readBool()
                case "note": isNull = try reader.readNull()
                case "tags": try reader.readArray { _, reader in tags.append(try reader.readString()) }
                default: try reader.skip()
                }
            }
        }
        #expect(id == "O-1")
        #expect(amount == "12.50")
        #expect(quantity == -3)
        #expect(isGift == true)
        #expect(isNull)
        #expect(tags == ["a", "b"])
    }

    /// What `readTaggedString` gives of an object's members: `key=S:text` for a tagged string, `key` for another value.
    private func members(of text: String, limits: JSONLimits = .standard) throws -> [String] {
        try JSONReader.read(Array(text.utf8), limits: limits) { reader in
            var members: [String] = []
            try reader.readObject { key, reader in
                _ = try reader.peek()
                if let (tag, string) = reader.readTaggedString() {
                    members.append("\(key.string)=\(String(decoding: [tag], as: UTF8.self)):\(string.string)")
                } else {
                    members.append(key.string)
                    try reader.skip()
                }
            }
            return members
        }
    }

    @Test func `reads tagged strings at once`() throws {
        let long = String(repeating: "a text that is longer than the window of sixty-four bytes ", count: 3)
        let text = #"{"status":{"S":"pending"},"amount":{"N":"12.50"},"":{"S":""},"\#(long)":{"b":"\#(long)"},"x":1}"#
        let expected = [
            "status=S:pending", "amount=N:12.50", "=S:", "\(long)=b:\(long)", "x",
        ]
        #expect(try self.members(of: text) == expected)
        #expect(try self.members(of: #"{"x":[1],"status":{"S":"pending"}}"#) == ["x", "status=S:pending"])
        #expect(try self.members(of: "{}") == [])
    }

    @Test(
        arguments: [
            #"{"S" :"a"}"#, #"{ "S":"a"}"#, #"{"S": "a"}"#, #"{"S":"a" }"#, #"{"S":"a","N":"1"}"#, #"{"S":1}"#,
            #"{"SS":"a"}"#, #"{"":"a"}"#, #"{"é":"a"}"#, #"["S","a"]"#, "{}", "\"S\"", #"{"S":"a\u00e9\"b"}"#,
            #"{"S":"é"}"#,
            #"{"_":"a"}"#, #"{"S":{"S":"a"}}"#,
        ]
    )
    func `leaves other values to be read`(value: String) throws {
        #expect(try self.members(of: #"{"key":\#(value)}"#) == ["key"])
        #expect(try self.members(of: #"{"key":\#(value),"z":{"S":"a"}}"#).count == 2)
        let padding = String(repeating: " ", count: 64)
        #expect(try self.members(of: #"{"key":\#(value)\#(padding)}"#) == ["key"])
    }

    @Test(arguments: [#""key" :{"S":"a"}"#, #""key": {"S":"a"}"#, #""k\u0065y":{"S":"a"}"#])
    func `reads a tagged string behind any key`(member: String) throws {
        #expect(try self.members(of: "{\(member)}") == ["key=S:a"])
    }

    @Test(
        arguments: [
            #"{"a":{"S":"x"}"#, #"{"a":{"S":"x"},}"#, #"{"a":{"S":"x"}"b":1}"#, #"{"a":{"S":"x"},"b"}"#,
            #"{"a":{"S":"x"#, #"{"a":{"S":"x""#, #"{"a":{"S":"x"]}"#, #"{"a":{"\":"x"}}"#, #"{"a":{"S":"x\u1"}}"#,
            #"{"a":{"S":"x"}}}"#, "{\"a\":{\"S\":\"x\u{1}\"}}", #"{"a":{"""":"x"}}"#,
        ]
    )
    func `refuses tagged strings that are broken`(text: String) throws {
        let error = #expect(throws: JSONError.self) { try self.members(of: text) }
        #expect(error?.code == .malformed)
        #expect(throws: JSONError.self) { try self.read(text) { try $0.skip() } }
    }

    @Test func `tagged strings count as a level`() {
        let text = #"{"a":{"S":"x"}}"#
        for (depth, isRead) in [(2, true), (1, false)] {
            let limits = JSONLimits(depth: depth, bytes: 100)
            #expect((try? self.members(of: text, limits: limits)) == (isRead ? ["a=S:x"] : nil))
            let skipped = try? JSONReader.read(Array(text.utf8), limits: limits) { try $0.skip() }
            #expect((skipped != nil) == isRead)
        }
    }

    @Test func `matches keys however they are escaped`() throws {
        let matched = try self.read(#"{"\u0053":1,"S":2,"SS":3,"":4,"\u00e9":5}"#) { reader in
            var matched: [String] = []
            try reader.readObject { key, reader in
                switch key {
                case "S": matched.append("S")
                case "": matched.append("empty")
                case "é": matched.append("é")
                default: matched.append("other")
                }
                try reader.skip()
            }
            return matched
        }
        #expect(matched == ["S", "S", "other", "empty", "é"])
    }

    @Test func `compares keys of every length byte by byte`() throws {
        let key: StaticString = "abcdefghijklmnopqrstuvwxyz"
        let text = "abcdefghijklmnopqrstuvwxyz"
        let same = try self.read("\"\(text)\"") { reader in try reader.readStringToken() == key }
        #expect(same)
        for index in text.indices {
            var other = Array(text)
            other[text.distance(from: text.startIndex, to: index)] = "#"
            #expect(try self.read("\"\(String(other))\"") { reader in try reader.readStringToken() == key } == false)
            #expect(try self.read("\"\(text[..<index])\"") { reader in try reader.readStringToken() == key } == false)
        }
    }

    /// Up to 15 bytes a `String` has them in itself, which the reader writes in another way.
    @Test(arguments: ["x", "ä", "€", "😀", "e\u{301}", "\r\n"])
    func `texts of every length are what they were`(character: String) throws {
        for count in 0..<40 {
            for text in [String(repeating: character, count: count), String(repeating: "-", count: count) + character] {
                var writer = JSONWriter()
                writer.string(text)
                let read = try JSONReader.read(writer.bytes) { try $0.readString() }
                #expect(Array(read.utf8) == Array(text.utf8))
                #expect(read == text)
            }
        }
    }

    @Test func `skip gives the bytes of the value`() throws {
        let text = #" { "a" : [ 1 , {"b":"]"} ] , "c" : "x\"y" } "#
        var slices: [String] = []
        try self.read(text) { reader in
            try reader.readObject { _, reader in
                let range = try reader.skip()
                slices.append(String(decoding: reader.slice(range), as: UTF8.self))
            }
        }
        #expect(slices == [#"[ 1 , {"b":"]"} ]"#, #""x\"y""#])
    }

    @Test func `rewinds to read a value twice`() throws {
        let (first, second) = try self.read(#"[[1,[2]],"after"]"#) { reader in
            var first = Range(0...0)
            var second: [Int64] = []
            try reader.readArray { index, reader in
                guard index == 0 else {
                    try reader.skip()
                    return
                }
                let start = reader.position
                do {
                    try reader.readArray { _, reader in second.append(try reader.readInteger()) }
                } catch let error as JSONError {
                    #expect(error.code == .wrongType)
                    reader.rewind(to: start)
                    first = try reader.skip()
                }
            }
            return (first, second)
        }
        #expect(first == 1..<8)
        #expect(second == [1])
    }

    @Test func `reads no null where none is`() throws {
        #expect(
            try self.read("[null,1]") { reader in
                var found: [Bool] = []
                try reader.readArray { _, reader in
                    let isNull = try reader.readNull()
                    found.append(isNull)
                    if !isNull { try reader.skip() }
                }
                return found
            } == [true, false]
        )
    }

    @Test func `reads from any collection of bytes`() throws {
        let array = Array("xx[1]yy".utf8)
        #expect(try JSONReader.read(array[2..<5]) { reader in try reader.skip() } == 0..<3)
        #expect(try JSONReader.read("[1]".utf8) { reader in try reader.skip() } == 0..<3)
        #expect(
            try JSONReader.read(array.lazy.filter { $0 != UInt8(ascii: "x") && $0 != UInt8(ascii: "y") }) { reader in
                try reader.skip()
            } == 0..<3
        )
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("9223372036854775807", .max), ("-9223372036854775808", .min), ("12", 12),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1.0", nil), ("1e2", nil),
            ("99999999999999999999", nil), ("100000000000000000000000000000000000000", nil),
        ] as [(String, Int64?)]
    )
    func `reads integers that are written as such`(text: String, expected: Int64?) {
        #expect((try? self.read(text) { reader in try reader.readInteger() }) == expected)
    }

    /// Code, text, offset and path of each kind of failure.
    @Test(arguments: [
        ("", "malformed: expected a value, found the end of the text at byte 0 ($)"),
        ("[1,", "malformed: unexpected end of the text at byte 3 ($[1])"),
        ("[1 2]", "malformed: expected ',' or the end of the container at byte 3 ($)"),
        ("[\u{1}]", "malformed: unexpected control character at byte 1 ($)"),
        (#"{"a" 1}"#, "malformed: expected ':' at byte 5 ($.a)"),
        (#"{"a":[0,{"b":01}]}"#, "malformed: number with a leading zero at byte 13 ($.a[1].b)"),
        (#"{"a":1.}"#, "malformed: fraction without digits at byte 5 ($.a)"),
        (#"{"a":1e}"#, "malformed: exponent without digits at byte 5 ($.a)"),
        (#"{"a":-}"#, "malformed: number without digits at byte 5 ($.a)"),
        (#"{"a":nope}"#, "malformed: expected null at byte 5 ($.a)"),
        (#"{"a":"x"#, "malformed: string without its closing quote at byte 5 ($.a)"),
        (#"{"a":"x\q"}"#, "malformed: unknown escape at byte 7 ($.a)"),
        (#"{"a":"x\u12"}"#, #"malformed: \u needs four hexadecimal digits at byte 7 ($.a)"#),
        (#"{"a":"x\"#, "malformed: unfinished escape at byte 7 ($.a)"),
        (#"{"a":1} x"#, "malformed: text goes on after its value at byte 8 ($)"),
        (#"{"a":x}"#, "malformed: expected a value at byte 5 ($.a)"),
        ("not json", "malformed: expected null at byte 0 ($)"),
        (#"{1:2}"#, "malformed: expected a key in quotes at byte 1 ($)"),
    ])
    func `says what is wrong and where`(text: String, expected: String) {
        let error = #expect(throws: JSONError.self) {
            try self.read(text) { reader in _ = try DocumentValue(&reader) }
        }
        #expect(error.map { "\($0.code): \($0)" } == expected)
    }

    @Test(arguments: [
        ("1", "expected a string, found number"), ("null", "expected a string, found null"),
        ("true", "expected a string, found bool"), ("{}", "expected a string, found object"),
        ("[]", "expected a string, found array"),
    ])
    func `names both types`(text: String, expected: String) {
        let error = #expect(throws: JSONError.self) {
            try self.read("{\"a\": \(text)}") { reader in
                try reader.readObject { _, reader in _ = try reader.readString() }
            }
        }
        #expect(error?.code == .wrongType)
        #expect(error?.reason == expected)
        #expect(error?.offset == 6)
        #expect(error?.path == "$.a")
    }

    @Test(arguments: [("not json", "expected null"), ("tru", "expected true"), ("no", "expected null")])
    func `a word that begins as a literal is none`(text: String, expected: String) {
        let error = #expect(throws: JSONError.self) {
            try self.read(text) { reader in try reader.readObject { _, _ in } }
        }
        #expect(error?.code == .malformed)
        #expect(error?.reason == expected)
    }

    @Test func `points at the integer that does not fit`() {
        let error = #expect(throws: JSONError.self) {
            try self.read("[  1.5]") { reader in try reader.readArray { _, reader in _ = try reader.readInteger() } }
        }
        #expect(error.map { "\($0)" } == "expected an integer of 64 bits at byte 3 ($[0])")
    }

    @Test func `never repeats values nor keys that may be data`() {
        for text in [
            #"{"bob@example.com":x}"#, #"{"a b":x}"#, #"{"":x}"#, #"{"\u0041":x}"#, #"{"é":x}"#,
            "{\"\(String(repeating: "k", count: 65))\":x}",
        ] {
            let error = #expect(throws: JSONError.self) { try DocumentValue.parse(Array(text.utf8)) }
            #expect(error?.path == "$.?", "\(text)")
        }
        for text in [#""Secret"#, #"["Secret" "Secret"]"#, #"{"a":Secret}"#, #"[1]Secret"#, #"{Secret:1}"#] {
            let error = #expect(throws: JSONError.self) { try DocumentValue.parse(Array(text.utf8)) }
            #expect(error.map { "\($0)".contains("Secret") } == false)
        }
    }

    @Test func `passes on errors of the caller`() {
        struct Refused: Error {}
        #expect(throws: Refused.self) {
            try self.read("[1]") { reader in try reader.readArray { _, _ in throw Refused() } }
        }
    }
}

extension JSONError {
    /// What `body` throws of this type, to compare with what another way of reading throws.
    static func thrown(_ body: () throws -> Void) -> JSONError? {
        do {
            try body()
            return nil
        } catch {
            return error as? JSONError
        }
    }
}
