package import Orders

/// How many dead letters are about a row.
package struct LetterCount: Sendable, Equatable {
    /// None at all.
    package static let none = LetterCount(all: 0, countable: 0)

    /// All that are about the row.
    package private(set) var all: Int
    /// Those of them that a redrive would add to it, since the rules by which they were refused are others now, and their
    /// records are not too old for one.
    package private(set) var countable: Int

    /// So many.
    package init(all: Int, countable: Int) {
        self.all = all
        self.countable = countable
    }

    /// Adds others.
    package mutating func add(_ other: LetterCount) {
        self.all += other.all
        self.countable += other.countable
    }
}

/// A row of the Analytics table that is not what the archive adds up to.
package struct CounterDifference: Sendable, Equatable {
    /// The row.
    package let key: CounterKey
    /// What the archive adds up to; nil where nothing of it counts there.
    package let archived: CounterDelta?
    /// What the table has; nil where it has no such row.
    package let counted: CounterDelta?
    /// Dead letters of orders of this row, which the aggregator could not count.
    package var letters = LetterCount.none
    /// Whether the archive cannot tell which of its orders' repetitions count, so that the table may be right.
    package var isUndecided = false
    /// Whether the archive may lack what came before the row's day, so that an order without a date may count on
    /// another day, and the table may be right.
    package var mayLackEarlier = false
    /// What of the archive's sum are events that count a second time; nil where there are none.
    package var secondCounts: SecondCounts?
    /// Whether events of the row were being counted while it was looked at, so that another look may find it right.
    package let isInMotion: Bool

    /// Whether the table has more of anything than the archive adds up to.
    package var hasMore: Bool {
        guard let counted else { return false }
        return !counted.isBetween(counted.zero, self.archived ?? counted.zero)
    }

    /// Whether the table has less of anything than the archive adds up to.
    package var hasLess: Bool {
        guard let archived else { return false }
        return !archived.isBetween(archived.zero, self.counted ?? archived.zero)
    }

    /// Until when at least events counted once, in milliseconds since 1970, where the table is right: it has what the
    /// archive adds up to without some of those that count a second time there; nil where it has not.
    package var countedOnceUntil: Int64? {
        guard let archived, let secondCounts, !self.hasMore else { return nil }
        let counted = self.counted ?? archived.zero
        guard counted.events < archived.events, let all = try? counted.adding(secondCounts.delta) else { return nil }
        if all.events == archived.events { return all == archived ? secondCounts.lastArrival : nil }
        // Which of them it lacks is not known: the first, where a parameter was changed while they came.
        return archived.isBetween(counted, all) ? secondCounts.firstArrival : nil
    }

    /// What a comparison found.
    package struct Findings: Sendable, Equatable {
        /// The rows that differ, in the table's order.
        package var differences: [CounterDifference] = []
        /// How many rows were compared, whichever side has them.
        package var rows = 0
        /// How many rows agree as far as can be told, since events of them were being counted.
        package var rowsInMotion = 0
    }

    /// Compares the table's rows, as they were read, with what the archive adds up to.
    ///
    /// `least` are the sums of the events that were counted before the rows were read, `most` those that may have been counted
    /// by then: they are the same unless orders flow, and a row between the two is right as far as can be told. A row of
    /// zeros is what a repair leaves of one that should not be there, and says the same as none.
    package static func findings(
        least: [CounterKey: CounterDelta],
        most: [CounterKey: CounterDelta],
        counted: [CounterKey: CounterDelta]
    ) -> Findings {
        var findings = Findings()
        let keys = Set(least.keys).union(most.keys).union(counted.keys)
        findings.rows = keys.count
        for key in keys.sorted() {
            let (least, most, counted) = (least[key], most[key], counted[key].flatMap { $0 == $0.zero ? nil : $0 })
            if counted == least || counted == most {
                if least != most { findings.rowsInMotion += 1 }
                continue
            }
            if let counted, let most, counted.isBetween(least ?? counted.zero, most) {
                findings.rowsInMotion += 1
                continue
            }
            findings.differences.append(
                CounterDifference(key: key, archived: least, counted: counted, isInMotion: least != most)
            )
        }
        return findings
    }
}

extension CounterDelta {
    /// Nothing, of the same kind.
    package var zero: CounterDelta {
        switch self {
        case .revenue: .revenue(value: .zero, count: 0)
        case .product: .product(orderCount: 0, units: 0, revenue: .zero)
        case .orders: .orders(total: 0, successful: 0)
        }
    }

    /// How many events it is of.
    fileprivate var events: UInt64 {
        switch self {
        case .revenue(_, let count): count
        case .product(let orderCount, _, _): orderCount
        case .orders(let total, _): total
        }
    }

    /// Whether each counter lies between those of two others of its kind, themselves included.
    fileprivate func isBetween(_ least: CounterDelta, _ most: CounterDelta) -> Bool {
        switch (self, least, most) {
        case (.revenue(let value, let count), .revenue(let low, let few), .revenue(let high, let many)):
            low <= value && value <= high && few <= count && count <= many
        case (
            .product(let orders, let units, let revenue), .product(let few, let fewUnits, let low),
            .product(let many, let manyUnits, let high)
        ):
            few <= orders && orders <= many && fewUnits <= units && units <= manyUnits && low <= revenue
                && revenue <= high
        case (.orders(let total, let successful), .orders(let few, let fewer), .orders(let many, let more)):
            few <= total && total <= many && fewer <= successful && successful <= more
        case (.revenue, _, _), (.product, _, _), (.orders, _, _): false
        }
    }
}
