import Orders
import Platform
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        ("2025-08-27T18:08:00.6483458Z", "2025-08-27T18:08:00.6483458Z"),
        ("2025-05-03T12:00:00Z", "2025-05-03T12:00:00Z"),
        ("2025-05-03T12:00:00.500Z", "2025-05-03T12:00:00.5Z"),
        ("2025-05-03T12:00:00.000Z", "2025-05-03T12:00:00Z"),
        ("2025-05-03T14:00:00+02:00", "2025-05-03T12:00:00Z"),
        ("2025-05-03T14:00:00+0200", "2025-05-03T12:00:00Z"),
        ("2025-05-03T14:00:00+02", "2025-05-03T12:00:00Z"),
        ("2025-05-03T00:30:00,25-05:30", "2025-05-03T06:00:00.25Z"),
        ("2025-01-01T00:30:00+01:00", "2024-12-31T23:30:00Z"),
        ("2024-02-29t23:59:59.9999999z", "2024-02-29T23:59:59.9999999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999999999Z", "9999-12-31T23:59:59.999999999999Z"),
        ("1969-12-31T23:59:59.000000000100Z", "1969-12-31T23:59:59.0000000001Z"),
        ("2025-05-03T12:00:00-00:00", "2025-05-03T12:00:00Z"),
        ("2025-05-03 12:00:00Z", "2025-05-03T12:00:00Z"),
        ("2025-05-03t12:00z", "2025-05-03T12:00:00Z"),
        ("2025-05-03T12:00+02:00", "2025-05-03T10:00:00Z"),
        ("2025-05-03 12:00:00.25+0200", "2025-05-03T10:00:00.25Z"),
    ])
    func `reads ISO 8601 and writes one UTC text`(text: String, normalised: String) throws {
        let timestamp = try time(text)
        #expect(timestamp.text == normalised)
        #expect(Timestamp(timestamp.text) == timestamp)
    }

    @Test(arguments: [
        "", "2025-05-03", "2025-05-03T12:00:00", "2025-05-03  12:00:00Z", "2025-05-03T12Z", "2025-13-01T00:00:00Z",
        "2025-05-03T12:00.5Z", "2025-05-03T12:00:Z", "2025-05-03T1200Z", "2025-05-03T12:00",
        "2025-02-29T00:00:00Z", "2025-04-31T00:00:00Z", "2025-00-10T00:00:00Z", "2025-05-00T00:00:00Z",
        "2025-05-03T24:00:00Z", "2025-05-03T12:60:00Z", "2016-12-31T23:59:60Z", "2025-05-03T12:00:00.Z",
        "2025-05-03T12:00:00.5", "2025-05-03T12:00:00Zz", "2025-05-03T12:00:00+24:00", "2025-05-03T12:00:00+01:60",
        "2025-05-03T12:00:00+1:00", "2025-05-03T12:00:00+01:", "0000-05-03T12:00:00Z", "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:30:00-01:00", "12025-05-03T12:00:00Z", "-2025-05-03T12:00:00Z", "2025-5-3T12:00:00Z",
        " 2025-05-03T12:00:00Z", "2025-05-03T12:00:00Z ", "1746273600", "2025-05-03T12:00:00.5x5Z",
        "２025-05-03T12:00:00Z",
    ])
    func `refuses what is no instant`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(arguments: [
        ("2025-08-27T18:08:00.6483458", "2025-08-27T18:08:00.6483458Z"),
        ("2025-08-27 18:08:00", "2025-08-27T18:08:00Z"),
        ("2025-08-27T18:08", "2025-08-27T18:08:00Z"),
        ("2025-08-27T18:08:00+02:00", "2025-08-27T16:08:00Z"),
    ])
    func `an instant without a zone is one only where UTC is assumed`(text: String, normalised: String) throws {
        #expect(try #require(Timestamp(text, assumingUTC: true)).text == normalised)
        #expect((Timestamp(text) == nil) == !text.hasSuffix("+02:00"))
    }

    @Test(arguments: ["2025-08-27", "2025-02-29T00:00:00", "2025-08-27T18:08:00.", "2025-08-27T", "20250827T180800"])
    func `assuming UTC makes no instant of what is none`(text: String) {
        #expect(Timestamp(text, assumingUTC: true) == nil)
    }

    @Test func `keeps a hundred fraction digits and refuses more`() throws {
        let text = "2025-05-03T12:00:00." + String(repeating: "1", count: 100) + "Z"
        #expect(try time(text).text == text)
        #expect(Timestamp("2025-05-03T12:00:00." + String(repeating: "1", count: 101) + "Z") == nil)
    }

    @Test func `compares instants with every digit`() throws {
        let ascending = try [
            "0001-01-01T00:00:00Z", "1969-12-31T23:59:59.9Z", "1970-01-01T00:00:00Z", "2025-05-03T12:00:00Z",
            "2025-05-03T12:00:00.00000000000001Z", "2025-05-03T12:00:00.000000000000011Z", "2025-05-03T12:00:00.1Z",
            "2025-05-03T12:00:00.1000000001Z", "2025-05-03T12:00:00.11Z", "2025-05-03T13:00:01+01:00",
        ].map { try time($0) }
        for (left, right) in zip(ascending, ascending.dropFirst()) {
            #expect(left < right)
            #expect(!(right < left))
        }
        #expect(try time("2025-05-03T12:00:00.50Z") == time("2025-05-03T14:00:00.5+02:00"))
    }

    @Test(arguments: [
        ("2025-08-27T23:59:59.9999999Z", "2025-08-27"), ("2025-08-27T00:00:00Z", "2025-08-27"),
        ("2025-08-27T01:00:00+02:00", "2025-08-26"), ("0001-01-01T09:00:00Z", "0001-01-01"),
    ])
    func `cuts the day from the UTC text`(text: String, day: String) throws {
        #expect(try time(text).day.text == day)
    }

    @Test func `takes a clock's reading`() {
        #expect(Timestamp(UTCInstant(nanosecondsSince1970: 1_500_000_000)).text == "1970-01-01T00:00:01.5Z")
        #expect(Timestamp(UTCInstant(nanosecondsSince1970: -1)).text == "1969-12-31T23:59:59.999999999Z")
    }
}
