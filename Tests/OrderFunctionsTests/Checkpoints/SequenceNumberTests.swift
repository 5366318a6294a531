import OrderFunctions
import Testing

@Suite struct SequenceNumberTests {
    @Test(arguments: [("9", "10"), ("49", "100"), ("0", "1"), ("123", "124"), ("007", "10")])
    func comparesAsANumberNotAsText(smaller: String, greater: String) throws {
        let (left, right) = (try #require(SequenceNumber(smaller)), try #require(SequenceNumber(greater)))
        #expect(left < right)
        #expect(!(right < left))
        #expect(left.padded < right.padded)
    }

    @Test func isReadBackFromItsStoredForm() throws {
        let number = try #require(SequenceNumber("49590338271490256608559269253836157109592157598913600001"))
        #expect(number.padded.utf8.count == 129)
        #expect(SequenceNumber(number.padded) == number)
        #expect(SequenceNumber(number.padded)?.padded == number.padded)
        #expect(SequenceNumber("0")?.padded == String(repeating: "0", count: 129))
    }

    @Test func zerosInFrontDoNotCountAndAreReportedAsTheyCame() throws {
        let (short, long) = (try #require(SequenceNumber("42")), try #require(SequenceNumber("00042")))
        #expect(short == long)
        #expect(Set([short, long]).count == 1)
        #expect(!(short < long) && !(long < short))
        #expect(long.text == "00042")
    }

    @Test(arguments: ["", "-1", "1e3", "12 ", "١٢", String(repeating: "1", count: 130)])
    func refusesWhatKinesisNeverWrites(text: String) {
        #expect(SequenceNumber(text) == nil)
    }
}
