import OrderFunctions
import Testing

/// Who is condemned, without a table and without records.
///
/// `DeadlyRecordsTests` has the requests.
@Suite struct BatchAttemptTests {
    /// The note of a process that began with batch `1` and died at the last of the records.
    private static func death(at records: [String], after note: BatchAttempt.Note?) -> BatchAttempt.Note {
        var attempt = BatchAttempt(first: "1", after: note)
        for record in records { _ = attempt.reach(record) }
        return attempt.note
    }

    /// The note of `count` processes in a row that died at `b`, behind `a`.
    private static func deaths(_ count: Int) -> BatchAttempt.Note? {
        var note: BatchAttempt.Note?
        for _ in 0..<count { note = Self.death(at: ["a", "b"], after: note) }
        return note
    }

    /// What becomes of the records by that note.
    private static func steps(_ records: [String], after note: BatchAttempt.Note?) -> [BatchAttempt.Step] {
        var attempt = BatchAttempt(first: "1", after: note)
        return records.map { attempt.reach($0) }
    }

    @Test func `a batch is suspect from its third try on, and another one is tried for the first time`() {
        var note: BatchAttempt.Note?
        var isSuspect: [Bool] = []
        for _ in 0..<4 {
            let attempt = BatchAttempt(first: "1", after: note)
            isSuspect.append(attempt.isSuspect)
            note = attempt.note
        }
        #expect(isSuspect == [false, false, true, true])
        #expect(BatchAttempt(first: "2", after: note).note == BatchAttempt.Note(first: "2", count: 1))
    }

    @Test func `three deaths in a row condemn the record, and two do not`() {
        #expect(Self.steps(["a", "b", "c"], after: Self.deaths(2)) == [.decode, .decode, .decode])
        #expect(Self.steps(["a", "b", "c"], after: Self.deaths(3)) == [.decode, .condemn, .decode])
    }

    @Test func `a condemned record is passed from then on`() {
        let note = Self.death(at: ["a", "b"], after: Self.deaths(3))
        #expect(note.condemned == ["b"])
        #expect(note.decoding == "a" && note.deaths == 1)
        #expect(Self.steps(["a", "b", "c"], after: note) == [.decode, .pass, .decode])
    }

    @Test func `a process that dies before it decodes leaves the deaths as they are`() {
        let note = Self.death(at: [], after: Self.deaths(2))
        #expect(note.decoding == "b" && note.deaths == 2 && note.count == 3)
        #expect(Self.steps(["b"], after: Self.death(at: ["a", "b"], after: note)) == [.condemn])
    }

    @Test func `deaths at one record after another condemn nobody`() {
        var note: BatchAttempt.Note?
        for round in 0..<9 { note = Self.death(at: round % 2 == 0 ? ["a"] : ["a", "b"], after: note) }
        #expect(Self.steps(["a", "b"], after: note) == [.decode, .decode])
    }

    @Test func `deaths after the decoding condemn nobody`() {
        var attempt = BatchAttempt(first: "1", after: Self.deaths(2))
        for record in ["a", "b"] { _ = attempt.reach(record) }
        #expect(attempt.note.deaths == 3)
        attempt.finish()
        #expect(attempt.note.decoding == nil && attempt.note.deaths == 0)
        #expect(Self.steps(["a", "b"], after: attempt.note) == [.decode, .decode])
    }

    @Test func `a later batch keeps of the condemned records those that it holds`() {
        let note = Self.death(at: ["a", "b"], after: Self.deaths(3))
        var attempt = BatchAttempt(first: "2", after: note)
        #expect(attempt.knowsCondemned && attempt.note.condemned.isEmpty)
        let kept = ["b", "c"].filter { attempt.keepsCondemned($0) }
        #expect(kept == ["b"] && attempt.note.condemned == ["b"])
        let other = BatchAttempt(first: "3", after: BatchAttempt(first: "2", after: note).note)
        #expect(!other.knowsCondemned)
    }
}
