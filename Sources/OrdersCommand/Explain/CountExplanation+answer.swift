extension CountExplanation {
    /// Whether the order was counted, by all of its records together.
    package enum Answer: Sendable, Equatable {
        /// So many of the records were counted.
        case yes(times: Int)
        /// A record was counted that is not among these, which repeat it.
        case yesElsewhere
        /// A lost record was counted in some rows, and the one that counts the rest is not among these, or waits.
        case inPart
        /// The aggregator has not come to a record.
        case notYet
        /// Nothing tells it by now.
        case unknown
        /// None of the records was counted.
        case no
        /// The archive has no record of the order.
        case noRecord
    }

    /// Whether the order was counted.
    ///
    /// It is `no` only where each of the records tells it, since who reads that sends the order again.
    package var answer: Answer {
        if self.entries.isEmpty { return .noRecord }
        if self.count > 0 { return .yes(times: self.count) }
        if self.entries.contains(where: { $0.outcome == .countedInPart }) { return .inPart }
        let waiting = self.entries.filter { $0.outcome == .notYet }
        // The record that is repeated may be the one that waits: a claim is there before what it counts.
        let waitingEvents = Set(waiting.map(\.record.eventID))
        let isCountedElsewhere = self.entries.contains { entry in
            entry.outcome == .repetition && !waitingEvents.contains(entry.record.eventID)
        }
        if isCountedElsewhere { return .yesElsewhere }
        if !waiting.isEmpty { return .notYet }
        return self.entries.allSatisfy(\.isCertainlyNotCounted) ? .no : .unknown
    }
}

extension CountExplanation.Entry {
    /// Whether the record says that it was not counted, and nothing speaks against it.
    fileprivate var isCertainlyNotCounted: Bool {
        switch self.outcome {
        case .refused: !self.mayCount
        case .skipped, .otherOrder: true
        case .counted, .countedInPart, .repetition, .notYet, .unknownSinceExpired, .unreadable: false
        }
    }

    /// The outcome in words.
    package var text: String {
        self.mayCount
            ? "\(self.outcome.text); whether a redrive or another record of its MessageId counted it cannot be told"
            : self.outcome.text
    }
}

extension CountExplanation.Answer {
    /// The answer in words.
    package var text: String {
        switch self {
        case .yes(let times): times == 1 ? "yes, once" : "yes, \(times) times"
        case .yesElsewhere: "yes, by a record that is not shown here"
        case .inPart: "in part"
        case .notYet: "not yet"
        case .unknown: "cannot be told"
        case .no: "no, by none of these records"
        case .noRecord: "no record of it was found in the archive; only orders by Kinesis are counted"
        }
    }

    /// The answer in one word, for machines.
    package var name: String {
        switch self {
        case .yes: "yes"
        case .yesElsewhere: "yesElsewhere"
        case .inPart: "inPart"
        case .notYet: "notYet"
        case .unknown: "unknown"
        case .no: "no"
        case .noRecord: "noRecord"
        }
    }
}
