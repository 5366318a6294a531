import LambdaEvents
import Testing

@Suite struct SequenceNumberTests {
    @Test func comparesAsNumbersAreCompared() throws {
        let ascending = try [
            "0", "9", "10", "99", "100", String(repeating: "9", count: 56), "1" + String(repeating: "0", count: 56),
        ]
        .map { try #require(SequenceNumber($0)) }
        for (index, number) in ascending.enumerated() {
            for (otherIndex, other) in ascending.enumerated() {
                #expect((number < other) == (index < otherIndex))
                #expect((number.zeroPadded < other.zeroPadded) == (index < otherIndex))
            }
        }
    }

    @Test func padsToOneWidthAndBack() throws {
        for text in ["0", "42", String(repeating: "7", count: 129)] {
            let number = try #require(SequenceNumber(text))
            #expect(number.zeroPadded.utf8.count == 129)
            #expect(SequenceNumber(number.zeroPadded) == number)
            #expect(number.digits == text)
        }
    }

    @Test(arguments: ["", "-1", "1.0", "x", "１", String(repeating: "1", count: 130)])
    func refusesWhatKinesisNeverWrites(text: String) {
        #expect(SequenceNumber(text) == nil)
    }
}
