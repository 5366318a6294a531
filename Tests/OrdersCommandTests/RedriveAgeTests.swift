import OrderFunctions
import OrdersCommand
import Platform
import Testing

@Suite struct RedriveAgeTests {
    private let arrival = UTCInstant(millisecondsSince1970: 1_756_317_600_000)

    @Test(arguments: [1, 7, 30])
    func `a record is taken as long as its letter can be there after its stream's retention`(days: Int) throws {
        let age = RedriveAge(retention: .seconds(days * 86_400))
        let last = self.arrival + .seconds((days + 14) * 86_400)
        #expect(age.refusal(arrival: self.arrival, now: self.arrival) == nil)
        #expect(age.refusal(arrival: self.arrival, now: last) == nil)
        let refusal = try #require(age.refusal(arrival: self.arrival, now: last + .milliseconds(1)))
        #expect(refusal.hasPrefix("its record came into the stream more than \(days + 14) days ago"))
    }

    /// What a record repeats came before it, within the claim's lifetime, and was claimed after that.
    @Test func `a claim outlives every record that may repeat it and be redriven`() throws {
        let (lifetime, retention): (Duration, Duration) = (.seconds(21 * 86_400), .seconds(7 * 86_400))
        let table = AnalyticsTable(name: "Analytics", claimLifetime: lifetime, retention: retention)
        let repetition = self.arrival + (lifetime - .seconds(1))
        let last = repetition + retention + AnalyticsTable.letterRetention
        #expect(RedriveAge(retention: retention).refusal(arrival: repetition, now: last) == nil)
        #expect(last < table.claimEnd(putAt: self.arrival))
    }
}
