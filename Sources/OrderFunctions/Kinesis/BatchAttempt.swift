/// Decides what a new process tries of a shard's batch, and which records no process is to decode any more.
///
/// It performs no I/O: it begins with what the processes before have noted, and says what this one has to note.
package struct BatchAttempt: Sendable {
    /// What processes have tried of a shard.
    package struct Note: Sendable, Equatable {
        /// The sequence number of the batch's first record.
        package let first: String
        /// How many processes began with it.
        package var count: Int
        /// The event id of the record that is being decoded; nil where none is.
        package var decoding: String?
        /// How many processes in a row began to decode that one.
        package var deaths = 0
        /// The event ids of records of the batch that are not decoded any more.
        package var condemned: Set<String> = []

        /// A note that `count` processes began with the batch, and none with a record.
        package init(first: String, count: Int) {
            self.first = first
            self.count = count
        }
    }

    /// What to do with a record of a suspect batch.
    package enum Step: Sendable, Equatable {
        /// Decode it, once the note is written.
        case decode
        /// Leave it out from now on: the processes before died of it.
        case condemn
        /// Leave it out, as is known already.
        case pass
    }

    /// From which try of a batch on its records are decoded one by one.
    package static let suspicion = 3
    /// How many processes in a row have to die at a record.
    package static let deaths = 3

    /// What is to be noted of the attempt, as far as it has come.
    package private(set) var note: Note
    /// The note of the process before; nil where there is none of the shard.
    private let before: Note?

    /// An attempt at the batch that begins with the record of that sequence number.
    package init(first: String, after before: Note?) {
        self.before = before
        self.note = Note(first: first, count: 1)
        if let before, before.first == first {
            self.note = before
            self.note.count += 1
        }
    }

    /// Whether the batch was tried so often that its records are decoded one by one.
    package var isSuspect: Bool { self.note.count >= Self.suspicion }

    /// Whether a process before condemned any record.
    package var knowsCondemned: Bool { self.before?.condemned.isEmpty == false }

    /// Whether a process before condemned this record of the batch, which the note then says on.
    ///
    /// A batch that begins behind what is done by now holds such a record still.
    package mutating func keepsCondemned(_ eventID: String) -> Bool {
        guard let before, before.condemned.contains(eventID) else { return false }
        self.note.condemned.insert(eventID)
        return true
    }

    /// Comes to the next record of a suspect batch.
    package mutating func reach(_ eventID: String) -> Step {
        if self.note.condemned.contains(eventID) { return .pass }
        // By the note before: this attempt's own names a record of which it has not died.
        let deaths = self.before?.decoding == eventID ? self.before?.deaths ?? 0 : 0
        guard deaths < Self.deaths else {
            self.note.condemned.insert(eventID)
            return .condemn
        }
        (self.note.decoding, self.note.deaths) = (eventID, deaths + 1)
        return .decode
    }

    /// All records are decoded: deaths from now on condemn nobody.
    package mutating func finish() {
        (self.note.decoding, self.note.deaths) = (nil, 0)
    }
}
