internal import AWSClient
internal import Testing

@Suite struct XMLElementTests {
    @Test func `reads what services send`() throws {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment -->
            <ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/" a='1'>
              <Error><Type>Sender</Type><Code>Not&lt;Found&gt;</Code><Empty/><Message
            >a &amp; b &quot;&apos;&#228;&#x1F600; <![CDATA[<raw> & ]]]]>end<!-- x --> &#10;ß</Message></Error>
              <n:RequestId>1-2</n:RequestId >
            </ErrorResponse>

            """
        let root = try XMLElement(parsing: Array(text.utf8))
        #expect(root.name == "ErrorResponse")
        #expect(root["Error"]?["Code"]?.text == "Not<Found>")
        #expect(root["Error"]?["Message"]?.text == "a & b \"'ä😀 <raw> & ]]end \nß")
        #expect(root["Error"]?["Empty"]?.text == "")
        #expect(root["RequestId"]?.text == "1-2")
        #expect(root["Missing"] == nil)
    }

    @Test(arguments: [
        "", "text", "<a>", "<a></b>", "<a/><b/>", "<a/>x", "<a b></a>", "<a b=1/>", "<a b='1/>", "<a>&nbsp;</a>",
        "<a>&</a>", "<a>&#xD800;</a>", "<a>&#99999999;</a>", "<a><![CDATA[x</a>", "<a><!-- x</a>", "< a/>", "<a",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<a><!ENTITY x 'y'></a>", "<a><?pi?></a>", "<a b='1'c='2'/>",
    ])
    func `refuses what is not XML`(text: String) {
        #expect(throws: XMLError.self) { try XMLElement(parsing: Array(text.utf8)) }
    }

    @Test func `refuses invalid UTF-8`() {
        #expect(throws: XMLError.self) { try XMLElement(parsing: Array("<a>".utf8) + [0xFF] + Array("</a>".utf8)) }
    }

    @Test func `bounds the nesting`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)).utf8)
        }
        _ = try XMLElement(parsing: nested(64))
        #expect(throws: XMLError.self) { try XMLElement(parsing: nested(65)) }
        #expect(throws: XMLError.self) { try XMLElement(parsing: nested(1_000_000)) }
    }
}
