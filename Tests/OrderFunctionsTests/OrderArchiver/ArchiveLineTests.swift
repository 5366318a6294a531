import JSONText
import OrderFunctions
import Testing

@Suite struct ArchiveLineTests {
    @Test(arguments: [
        (#"{"a":1}"#, #"{"a":1}"#),
        (#" {"b" : [ 1.50 , 1e3 ]}  "#, #" {"b" : [ 1.50 , 1e3 ]}  "#),
        ("{\n\t\"a\": \"x\\ny\",\r\n\t\"b\": 2\n}\n", "{\t\"a\": \"x\\ny\",\t\"b\": 2}"),
        ("[1\n,2]\r", "[1,2]"),
        ("null", "null"), ("\"text\"", "\"text\""), ("-0.10", "-0.10"),
        (#"{"ä":"\ud83d\ude00 é"}"#, #"{"ä":"\ud83d\ude00 é"}"#),
    ])
    func aJSONTextIsALineByteForByteButForLineBreaks(payload: String, line: String) {
        var lines: [UInt8] = []
        ArchiveLine.append(Array(payload.utf8), to: &lines)
        #expect(String(decoding: lines, as: UTF8.self) == line + "\n")
    }

    @Test(arguments: [
        "", "no JSON", "{} {}", "{\"a\":1}{\"a\":2}", "{\"a\":\"line\nbreak\"}", "[1\n2]", "{'a':1}", "\u{FEFF}{}",
        "NaN",
    ])
    func anythingElseIsKeptAsBase64(payload: String) throws {
        var lines: [UInt8] = []
        ArchiveLine.append(Array(payload.utf8), to: &lines)
        #expect(try Self.unparsed(lines) == Array(payload.utf8))
    }

    @Test func bytesThatAreNoTextAreKept() throws {
        let payload: [UInt8] = [0x00, 0xFF, 0x0A, 0x7B, 0xC3, 0x28]
        var lines: [UInt8] = []
        ArchiveLine.append(payload, to: &lines)
        #expect(try Self.unparsed(lines) == payload)
    }

    @Test func aTextOfEndlessDepthIsKeptAndHurtsNobody() throws {
        let payload = [UInt8](repeating: UInt8(ascii: "["), count: 500_000)
        var lines: [UInt8] = []
        ArchiveLine.append(payload, to: &lines)
        #expect(try Self.unparsed(lines) == payload)
    }

    private static func unparsed(_ lines: [UInt8]) throws -> [UInt8]? {
        #expect(lines.last == UInt8(ascii: "\n"))
        #expect(lines.count { $0 == UInt8(ascii: "\n") } == 1)
        var text: String?
        try JSONReader.read(lines) { reader in
            try reader.readObject { key, reader in
                #expect(key.string == "unparsed")
                text = try reader.readString()
            }
        }
        return text.flatMap { Base64.decode(Array($0.utf8)) }
    }
}

@Suite struct GzipTests {
    @Test(arguments: [0, 1, 100, 70_000, 1_000_000])
    func whatIsCompressedIsReadBack(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
        let compressed = Gzip.compress(bytes)
        #expect(try gunzip(compressed) == bytes)
        #expect(Gzip.compress(bytes) == compressed)
    }

    @Test func theHeaderHasNoNameAndNoTime() {
        // RFC 1952: magic, deflate, no flags, four bytes of time.
        #expect(Array(Gzip.compress([1, 2, 3]).prefix(8)) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
    }
}
