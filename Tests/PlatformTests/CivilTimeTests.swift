import Foundation
import Platform
import Testing

@Suite struct CivilTimeTests {
    /// Foundation's calendar is the oracle, over 800 years in steps that meet every day of the year and every hour.
    @Test func `agrees with Foundation`() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        for step in -3_000...3_000 {
            let seconds = Int64(step) * 4_323_677
            let date = Date(timeIntervalSince1970: TimeInterval(seconds))
            let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
            let time = CivilTime(secondsSince1970: seconds)
            // Foundation's Gregorian calendar is Julian before 15 October 1582.
            if time.year < 1583 { continue }
            #expect(time.year == parts.year && time.month == parts.month && time.day == parts.day)
            #expect(time.hour == parts.hour && time.minute == parts.minute && time.second == parts.second)
            #expect(time.secondsSince1970 == seconds)
            #expect(time.isValid)
        }
    }

    @Test(arguments: [
        (2024, 2, 29, true), (2023, 2, 29, false), (1900, 2, 29, false), (2000, 2, 29, true), (2025, 4, 31, false),
        (2025, 0, 1, false), (2025, 13, 1, false), (2025, 1, 0, false), (2025, 12, 31, true),
    ])
    func `knows which days exist`(year: Int, month: Int, day: Int, isValid: Bool) {
        #expect(CivilTime(year: year, month: month, day: day).isValid == isValid)
    }

    @Test(arguments: [(24, 0, 0), (0, 60, 0), (0, 0, 60), (-1, 0, 0)])
    func `refuses times that no clock shows`(hour: Int, minute: Int, second: Int) {
        #expect(!CivilTime(year: 2025, month: 1, day: 1, hour: hour, minute: minute, second: second).isValid)
    }
}
