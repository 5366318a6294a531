import LambdaEvents
import Platform
import Testing

@Suite struct SequenceNumberTests {
    @Test func `compares as numbers are compared`() throws {
        let ascending = try [
            "0", "007", "9", "10", "99", "100", String(repeating: "9", count: 56),
            "1" + String(repeating: "0", count: 56),
        ]
        .map { try #require(SequenceNumber($0)) }
        for (index, number) in ascending.enumerated() {
            for (otherIndex, other) in ascending.enumerated() {
                #expect((number < other) == (index < otherIndex))
                #expect((number.padded < other.padded) == (index < otherIndex))
            }
        }
    }

    @Test func `pads to one width and back`() throws {
        for text in ["0", "42", "0042", String(repeating: "7", count: 129)] {
            let number = try #require(SequenceNumber(text))
            #expect(number.padded.utf8.count == 129)
            #expect(SequenceNumber(number.padded) == number)
            #expect(SequenceNumber(number.padded)?.hashValue == number.hashValue)
            #expect(number.text == text)
        }
    }

    @Test(arguments: ["", "-1", "1.0", "1e3", "12 ", "x", "１", "١٢", String(repeating: "1", count: 130)])
    func `refuses what Kinesis never writes`(text: String) {
        #expect(SequenceNumber(text) == nil)
    }

    /// The first two are of events in AWS's documentation, which arrived at 1545084650.987 and 1545084711.166.
    @Test(
        arguments: [
            ("49590338271490256608559692538361571095921575989136588898", 1_545_084_650),
            ("49590338271490256608559692540925702759324208523137515618", 1_545_084_709),
            // Of an event in older documentation, before the form of today.
            ("49545115243490985018280067714973144582180062593244200961", nil),
            ("1", nil), (String(repeating: "9", count: 129), nil),
        ] as [(String, Int64?)]
    )
    func `a number tells when Kinesis gave it`(text: String, expected: Int64?) throws {
        #expect(try #require(SequenceNumber(text)).time?.secondsSince1970 == expected)
    }
}
