import Platform
import Testing

@Suite struct UTCInstantTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z", "19700101T000000Z"),
            (1_756_318_080_648_345_800, "2025-08-27T18:08:00.648Z", "20250827T180800Z"),
            (-1, "1969-12-31T23:59:59.999Z", "19691231T235959Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z", "20000229T000000Z"),
            (Int64.max, "2262-04-11T23:47:16.854Z", "22620411T234716Z"),
            (Int64.min, "1677-09-21T00:12:43.145Z", "16770921T001243Z"),
        ] as [(Int64, String, String)]
    )
    func `is written as ISO 8601`(nanoseconds: Int64, extended: String, basic: String) {
        let instant = UTCInstant(nanosecondsSince1970: nanoseconds)
        #expect(instant.iso8601 == extended)
        #expect(instant.iso8601Basic == basic)
    }

    @Test func `numbers out of range give the nearest instant`() {
        let last = UTCInstant(nanosecondsSince1970: .max)
        let first = UTCInstant(nanosecondsSince1970: .min)
        #expect(UTCInstant(millisecondsSince1970: .max) == last)
        #expect(UTCInstant(millisecondsSince1970: .min) == first)
        #expect(UTCInstant(secondsSince1970: .max) == last)
        #expect(last + .seconds(1) == last)
        #expect(first + .seconds(-1) == first)
        #expect(last - first == .nanoseconds(Int64.max))
        #expect(first - last == .nanoseconds(Int64.min))
    }

    @Test func `durations are capped where integers end`() {
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(Int64.min).nanoseconds == .min)
        #expect(Duration.seconds(Int64.max).millisecondsRoundedUp == .max)
        #expect(Duration.nanoseconds(1).millisecondsRoundedUp == 1)
        #expect(Duration.milliseconds(7).millisecondsRoundedUp == 7)
    }
}
