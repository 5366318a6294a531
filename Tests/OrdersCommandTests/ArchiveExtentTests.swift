import ArchiveAccounts
import LambdaEvents
import Orders
import OrdersCommand
import Platform
import Testing

/// What may be missing of an archive: which gaps are a fault, and which days can be judged and repaired.
///
/// Today is 2025-11-28. Clocks may go ahead a day, and claims live 15.
@Suite struct ArchiveExtentTests {
    private static let today = Day(number: 2025_11_28)
    private static let shard = "shardId-000000000001"

    /// An object of that day with ten records; `previous` is the last record before it.
    private struct Object {
        let day: String
        let first: String
        let previous: String
        let last: String

        var key: String { "orders/dt=\(self.day)/hour=18/\(ArchiveExtentTests.shard)-\(self.first).ndjson.gz" }
    }

    /// A reading of today; from the beginning, if nil.
    private static func reading(from first: String?, expirationDays: Int) throws -> ArchiveExtent.Reading {
        let day = try first.map { try #require(Day($0)) }
        return ArchiveExtent.Reading(from: day, today: Self.today, expirationDays: expirationDays)
    }

    /// A number as Kinesis gives it, in the first second of that day.
    private static func number(_ day: String, _ place: UInt64 = 0) throws -> String {
        Self.number(seconds: UInt64(try #require(Day(day)).secondsSince1970), place)
    }

    /// A number as Kinesis gives it, so many seconds after 1970.
    static func number(seconds: UInt64, _ place: UInt64) -> String {
        // 2 in the highest digit, seconds in the nine before the last nine, 2 in the last.
        var digits = [UInt8](repeating: 0, count: 47)
        digits[0] = 2
        digits[46] = 2
        for index in 0..<9 { digits[29 + index] = UInt8(seconds >> UInt64(4 * (8 - index)) & 0xF) }
        for index in 0..<7 { digits[39 + index] = UInt8(place >> UInt64(4 * (6 - index)) & 0xF) }
        var decimal: [UInt8] = [0]
        for digit in digits {
            var carry = Int(digit)
            for index in decimal.indices {
                carry += 16 * Int(decimal[index])
                decimal[index] = UInt8(carry % 10)
                carry /= 10
            }
            while carry > 0 {
                decimal.append(UInt8(carry % 10))
                carry /= 10
            }
        }
        return decimal.reversed().map { String($0) }.joined()
    }

    /// An object whose predecessor ended on the day `previous`; nil for none.
    private static func object(_ day: String, behind previous: String?) throws -> Object {
        Object(
            day: day,
            first: try Self.number(day),
            previous: try previous.map { try Self.number($0, 9) } ?? "none",
            last: try Self.number(day, 9)
        )
    }

    private static func extent(
        _ objects: [Object],
        checkpoint: ArchiveExtent.Checkpoint? = nil,
        from first: String? = nil,
        isWidened: Bool = false,
        expirationDays: Int = 0,
        firstWritten: String? = nil,
        faultyUntil: String? = nil
    ) throws -> ArchiveExtent {
        var chain = ArchiveChain()
        for object in objects {
            chain.add(
                key: object.key,
                metadata: ["last-sequence-number": object.last, "previous-sequence-number": object.previous]
            )
        }
        var reading = try Self.reading(from: first, expirationDays: expirationDays)
        if isWidened { reading = try #require(reading.widened) }
        return ArchiveExtent(
            chain,
            checkpoints: checkpoint.map { [Self.shard: $0] } ?? [:],
            reading,
            reach: AuditReach(maximumHoursAhead: 24, lifetime: 15 * 86_400),
            firstWritten: try firstWritten.map { try #require(Day($0)) },
            faultyUntil: try faultyUntil.map { try #require(Day($0)) }
        )
    }

    /// Days from 2025-09-08 on are judged by what arrived from 2025-08-21 on.
    @Test func `what objects with faults from before the days have lost is no gap, and decides no repetition`() throws {
        let objects = [
            try Self.object("2025-08-20", behind: nil), try Self.object("2025-11-18", behind: "2025-08-20"),
        ]
        func extent(_ faultyUntil: String?) throws -> ArchiveExtent {
            try Self.extent(objects, from: "2025-08-21", isWidened: true, faultyUntil: faultyUntil)
        }
        let whole = try extent(nil)
        #expect(whole.knownFrom == nil && !whole.isKnownBehindFaults)
        let faulty = try extent("2025-08-20")
        #expect(faulty.gaps.isEmpty)
        #expect(faulty.knownFrom?.text == "2025-08-21" && faulty.isKnownBehindFaults)
        let first = Day(number: 2025_09_08)
        #expect(faulty.isWhole(first) && faulty.isRepairable(first))
        // What is missing later, for another reason, goes before it.
        let gap = try Self.extent(
            [Self.object("2025-11-18", behind: "2025-08-20")],
            from: "2025-08-21",
            isWidened: true,
            faultyUntil: "2025-05-01"
        )
        #expect(gap.knownFrom?.text == "2025-08-21" && !gap.isKnownBehindFaults)
    }

    @Test func `a number of these tests tells its day`() throws {
        let number = try Self.number("2025-11-01", 9)
        let time = try #require(SequenceNumber(number)?.time)
        #expect(Day(time).text == "2025-11-01")
    }

    @Test(arguments: [(24, 30, "2025-10-31", "2025-11-15"), (720, 60, "2025-10-30", "2025-11-14")])
    func `a day is whole while the archive has all that may have come before it`(
        hours: Int,
        expiration: Int,
        whole: String,
        repairable: String
    ) {
        let extent = ArchiveExtent(
            ArchiveChain(),
            checkpoints: [:],
            ArchiveExtent.Reading(from: nil, today: Self.today, expirationDays: expiration),
            reach: AuditReach(maximumHoursAhead: hours, lifetime: 15 * 86_400)
        )
        #expect(extent.firstWholeDay?.text == whole)
        #expect(extent.firstRepairableDay?.text == repairable)
    }

    @Test func `an archive that has its beginning is whole`() throws {
        for days in [0, 3_650] {
            let extent = try Self.extent(
                [Self.object("2025-11-01", behind: nil), Self.object("2025-11-02", behind: "2025-11-01")],
                expirationDays: days
            )
            #expect(extent.gaps.isEmpty)
            #expect(extent.isWhole(Day(number: 2025_10_31)) && extent.isRepairable(Day(number: 2025_10_31)))
        }
    }

    @Test func `what expired by a lower age than today's is a gap, and days are whole only behind it`() throws {
        let extent = try Self.extent([Self.object("2025-11-18", behind: "2025-08-20")], expirationDays: 3_650)
        let missing = try Self.number("2025-08-20", 9)
        #expect(extent.gaps.map(\.records.last) == [missing])
        #expect(extent.firstWholeDay?.text == "2025-08-22")
        #expect(extent.firstRepairableDay?.text == "2025-09-06")
        // Days that are asked for are judged, once nothing that came in their reach is missing.
        let since = try Self.extent(
            [Self.object("2025-11-18", behind: "2025-08-20")],
            from: "2025-08-21",
            expirationDays: 3_650
        )
        #expect(since.gaps.isEmpty)
        #expect(since.isRepairable(Day(number: 2025_09_08)))
        #expect(since.knownFrom?.text == "2025-08-21")
    }

    @Test(arguments: [("2025-10-29", 0), ("2025-10-30", 1)])
    func `the first object that is left may lack its predecessor only if that can have expired`(
        previous: String,
        gaps: Int
    ) throws {
        let extent = try Self.extent([Self.object("2025-11-18", behind: previous)], expirationDays: 30)
        #expect(extent.gaps.count == gaps)
        #expect(try Self.extent([Self.object("2025-11-18", behind: previous)]).gaps.count == 1)
    }

    /// Numbers of a local server, and whatever Kinesis may give one day.
    @Test func `where nothing tells when the predecessor came, no row before the first object is relied on`() throws {
        let object = Object(day: "2025-11-18", first: "6", previous: "5", last: "9")
        let extent = try Self.extent([object], expirationDays: 30)
        #expect(extent.gaps.isEmpty)
        #expect(extent.firstWholeDay?.text == "2025-11-20")
        #expect(!extent.isRepairable(Day(number: 2025_12_04)) && extent.isRepairable(Day(number: 2025_12_05)))
        // Without an age nothing can have expired.
        #expect(try Self.extent([object]).gaps.map(\.records.last) == ["5"])
        // Between two objects that cannot have expired nothing can have.
        let behind = [Object(day: "2025-11-17", first: "1", previous: "none", last: "3"), object]
        #expect(try Self.extent(behind, expirationDays: 30).gaps.map(\.records.last) == ["5"])
        #expect(try Self.extent(behind, expirationDays: 30).firstWholeDay?.text == "2025-10-31")
    }

    @Test func `an object that was written anew stays when its neighbours expire, which is no gap`() throws {
        let objects = [
            try Self.object("2025-09-29", behind: "2025-09-28"), try Self.object("2025-11-18", behind: "2025-09-30"),
        ]
        let extent = try Self.extent(objects, expirationDays: 30)
        #expect(extent.gaps.isEmpty)
        #expect(extent.firstWholeDay?.text == "2025-10-31")
        // Of numbers that tell no time the first object that cannot have expired is the beginning.
        let local = [
            Object(day: "2025-09-29", first: "3", previous: "2", last: "4"),
            Object(day: "2025-11-18", first: "9", previous: "8", last: "9"),
        ]
        #expect(try Self.extent(local, expirationDays: 30).gaps.isEmpty)
        #expect(try Self.extent(local, expirationDays: 30).firstWholeDay?.text == "2025-11-20")
    }

    @Test(arguments: [("2025-10-29T23:59:59.5Z", 0), ("2025-10-30T00:00:00Z", 1)])
    func `a shard all of whose objects are gone is a gap unless all can have expired`(
        updatedAt: String,
        gaps: Int
    ) throws {
        let number = try Self.number("2025-10-01")
        let time = try #require(Timestamp(updatedAt))
        let checkpoint = ArchiveExtent.Checkpoint(sequenceNumber: "00" + number, updatedAt: time)
        let extent = try Self.extent([], checkpoint: checkpoint, expirationDays: 30)
        #expect(extent.gaps.count == gaps)
        #expect(extent.firstWholeDay?.text == (gaps == 0 ? "2025-10-31" : "2025-11-01"))
        #expect(try Self.extent([], checkpoint: checkpoint).gaps.count == 1)
    }

    @Test func `of a shard without any object nobody can say that its beginning has expired`() throws {
        let number = try Self.number("2025-11-18")
        let checkpoint = ArchiveExtent.Checkpoint(sequenceNumber: number, updatedAt: nil)
        for days in [0, 30] {
            let gap = try #require(try Self.extent([], checkpoint: checkpoint, expirationDays: days).gaps.first)
            #expect(gap.isBeginning && !gap.isExpiredBeginning)
        }
    }

    /// Objects expire by their age, S3 being late by some days.
    @Test(arguments: [("2025-08-16", false), ("2025-08-17", true), (nil, true)] as [(String?, Bool)])
    func `what is missing was deleted where older objects are there`(firstWritten: String?, hasExpired: Bool) throws {
        let object = try Self.object("2025-11-18", behind: "2025-08-20")
        let gap = try #require(try Self.extent([object], firstWritten: firstWritten).gaps.first)
        #expect(gap.isExpiredBeginning == hasExpired)
        // What tells no time may be as old as any.
        let local = Object(day: "2025-11-18", first: "6", previous: "5", last: "9")
        #expect(try Self.extent([local], firstWritten: firstWritten).gaps.first?.isExpiredBeginning == true)
    }

    @Test func `a shard of which only a number is left that tells no time leaves no day whole`() throws {
        let checkpoint = ArchiveExtent.Checkpoint(sequenceNumber: "9", updatedAt: nil)
        let extent = try Self.extent([], checkpoint: checkpoint, expirationDays: 30)
        #expect(extent.gaps.isEmpty)
        #expect(!extent.isWhole(Self.today) && !extent.isRepairable(Self.today))
        // Behind an object that cannot have expired nothing can have.
        let object = Object(day: "2025-11-18", first: "1", previous: "none", last: "5")
        #expect(
            try Self.extent([object], checkpoint: checkpoint, expirationDays: 30).gaps.map(\.records.behind) == ["5"]
        )
    }

    @Test func `where the reading begins in the middle, an object before it shows what is missing behind that`() throws
    {
        let before = Object(day: "2025-11-16", first: "4", previous: "3", last: "5")
        let next = Object(day: "2025-11-17", first: "6", previous: "5", last: "99")
        let last = Object(day: "2025-11-17", first: "100", previous: "99", last: "120")
        let checkpoint = ArchiveExtent.Checkpoint(sequenceNumber: "120", updatedAt: nil)
        func gaps(_ objects: [Object], expirationDays: Int = 0) throws -> [ArchiveExtent.Gap] {
            try Self.extent(objects, checkpoint: checkpoint, from: "2025-11-17", expirationDays: expirationDays).gaps
        }
        #expect(try gaps([before, next, last]).isEmpty)
        #expect(try gaps([before, last]).map(\.records.behind) == ["5"])
        #expect(try gaps([before]).map(\.records.last) == ["120"])
        // The shard's last object before is gone, too, unless it has expired.
        #expect(try gaps([last]).map(\.records.last) == ["99"])
        #expect(try gaps([last], expirationDays: 10).isEmpty)
        #expect(try gaps([]).count == 1)
        #expect(try gaps([], expirationDays: 10).isEmpty)
    }

    @Test(
        arguments: [
            (nil, 0, false), ("2025-08-21", 0, true), ("2025-10-31", 30, true), ("2025-10-30", 30, false),
            ("2025-10-01", 30, false),
        ] as [(String?, Int, Bool)]
    )
    func `the whole archive is read instead only where it can tell more`(
        first: String?,
        expirationDays: Int,
        canTellMore: Bool
    ) throws {
        let widened = try Self.reading(from: first, expirationDays: expirationDays).widened
        #expect((widened != nil) == canTellMore)
        #expect(widened?.first == nil && widened?.widened == nil)
    }

    @Test(arguments: [("2025-08-20", 0), ("2025-08-19", 0), ("2025-08-21", 1)])
    func `the whole archive instead of a part misses nothing before that, and decides nothing by it`(
        previous: String,
        gaps: Int
    ) throws {
        let first = try Self.object("2025-07-01", behind: nil)
        let last = try Self.object("2025-11-18", behind: previous)
        let day = try #require(Day(previous))
        // At the shard's beginning, and between two objects.
        for objects in [[last], [first, last]] {
            let extent = try Self.extent(objects, from: "2025-08-21", isWidened: true)
            #expect(extent.gaps.count == gaps)
            #expect(gaps == 1 || extent.knownFrom == day.adding(days: 1))
            #expect(gaps == 1 || extent.isRepairable(Day(number: 2025_09_08)))
            // Read from its beginning because nobody asked for days, it lacks them.
            #expect(try Self.extent(objects).gaps.count == 1)
        }
        let whole = [first, try Self.object("2025-11-18", behind: "2025-07-01")]
        #expect(try Self.extent(whole, from: "2025-08-21", isWidened: true).knownFrom == nil)
    }

    @Test func `a gap at a shard's beginning says when its records came, and which days can be audited`() throws {
        let object = try Self.object("2025-11-18", behind: "2025-08-20")
        let missing = try Self.number("2025-08-20", 9)
        let gap = try #require(try Self.extent([object]).gaps.first)
        #expect(gap.isBeginning && gap.isExpiredBeginning)
        #expect(gap.latest?.text == "2025-08-20" && gap.auditableFrom?.text == "2025-09-08")
        #expect(
            gap.text
                == "\(Self.shard): no object has the records from its beginning, up to \(missing), before the object "
                + "\(object.key), of 2025-08-20 or before"
        )
        #expect(
            gap.advice(today: Self.today)
                == "; deleted, or expired while ArchiveExpirationDays was less: days from 2025-09-08 on can be "
                + "audited by --from"
        )
        // The days that a gap of these days leaves are still to come.
        let young = try #require(try Self.extent([Self.object("2025-11-27", behind: "2025-11-10")]).gaps.first)
        #expect(
            young.advice(today: Day(number: 2025_11_29)).hasSuffix(": days from 2025-11-29 on can be audited by --from")
        )
        #expect(
            young.advice(today: Self.today)
                == "; deleted, or expired while ArchiveExpirationDays was less: no day can be audited without them "
                + "before 2025-11-29"
        )
        // Read from the day behind it on, nothing is missed.
        #expect(try Self.extent([object], from: "2025-08-21").gaps.isEmpty)
        #expect(try Self.extent([object], from: "2025-08-20").gaps == [gap])
        // What tells no time came before the object behind it.
        let local = try Self.extent([Object(day: "2025-11-18", first: "6", previous: "5", last: "9")])
        #expect(local.gaps.first?.latest?.text == "2025-11-18")
    }

    @Test func `a gap behind an object was deleted, and one that tells no time has no day`() throws {
        let first = try Self.object("2025-11-01", behind: nil)
        let between = try Self.extent([first, Self.object("2025-11-18", behind: "2025-11-09")])
        let gap = try #require(between.gaps.first)
        #expect(!gap.isBeginning && !gap.isExpiredBeginning && gap.advice(today: Self.today).isEmpty)
        #expect(gap.text.hasPrefix("\(Self.shard): no object has the records behind \(first.last), up to "))
        #expect(gap.text.hasSuffix(", of 2025-11-09 or before"))
        let checkpoint = ArchiveExtent.Checkpoint(sequenceNumber: "9", updatedAt: nil)
        let unknown = try #require(try Self.extent([], checkpoint: checkpoint).gaps.first)
        #expect(
            unknown.text + unknown.advice(today: Self.today)
                == "\(Self.shard): no object has the records from its beginning, up to the archiver's checkpoint 9"
        )
    }

    @Test(
        arguments: [
            ("2025-10-29", 30, "records are missing up to 2025-10-29; days before 2025-10-31 are not whole"),
            ("2025-08-20", 3_650, "records are missing up to 2025-08-20; days before 2025-08-22 are not whole"),
            ("2025-08-20", 0, "records are missing up to 2025-08-20; days before 2025-08-22 are not whole"),
            (nil, 30, nil), (nil, 0, nil),
        ] as [(String?, Int, String?)]
    )
    func `an archive without its first records says until when they came`(
        previous: String?,
        expirationDays: Int,
        beginning: String?
    ) throws {
        let object = try Self.object("2025-11-18", behind: previous)
        #expect(try Self.extent([object], expirationDays: expirationDays).beginning == beginning)
    }

    @Test func `an archive without its first records says which rows may be wrong for want of them`() throws {
        let days: [UInt32] = [2025_09_05, 2025_09_06, 2025_10_01]
        let rows = Set(days.map { CounterKey.orders(Day(number: $0)) })
        let extent = try Self.extent([Self.object("2025-11-18", behind: "2025-08-20")])
        let early =
            "rows of days before 2025-09-06 may be wrong: they may have repetitions of what the archive may no longer "
            + "have"
        let later = "so may 2 rows of later days, whose orders repeat one another from then on"
        #expect(extent.doubts(of: rows) == [early, later])
        #expect(extent.doubts(of: [.orders(Day(number: 2025_09_05))]) == [early])
        // Where nothing is missing, nothing can be repeated.
        #expect(try Self.extent([Self.object("2025-11-18", behind: nil)], expirationDays: 30).doubts(of: rows).isEmpty)
    }
}
