package import ArchiveAccounts
internal import Orders
internal import Platform

/// Which rows a repair sets that may be right as they are.
package struct RepairWishes: Sendable, Equatable {
    /// Those of which the table has more than the archive adds up to.
    package let lowers: Bool
    /// Those of which the table has less, by a sum in which events count a second time.
    package let repeats: Bool

    /// By default none of them.
    package init(lowers: Bool = false, repeats: Bool = false) {
        self.lowers = lowers
        self.repeats = repeats
    }

    /// The options of the repair.
    fileprivate var options: String {
        "--repair" + (self.lowers ? " --lower" : "") + (self.repeats ? " --repeated" : "") + " --yes"
    }
}

/// What a repair does with a row that differs.
package enum RepairDecision: Sendable, Equatable {
    /// It is set to what the archive adds up to.
    case set
    /// The row is left as it is; the reason continues a sentence behind "since".
    case leave(String)

    /// Why a row is left of which the table has more than the archive adds up to: it may be right.
    package static let higher = Self.leave(
        "the table has more than the archive adds up to: an order that was counted may be missing from the archive, or was "
            + "accepted by rules that are stricter now, or was counted twice, perhaps by Deduplication or "
            + "StreamRetentionDays of then; --lower sets it as well"
    )

    /// Why a row is left of which the table has less, and the archive's sum has events a second time: it may be right.
    package static let repeated = Self.leave(
        "events of it came more than once, and count a second time by Deduplication and StreamRetentionDays of now, "
            + "perhaps not by those of then; --repeated sets it as well"
    )

    /// Decides about one row that differs.
    ///
    /// - Parameters:
    ///   - difference: The row, with the archive's sums and the table's.
    ///   - countable: How many dead letters a redrive would add to the row.
    ///   - extent: From which day on the archive has all that came.
    ///   - deadly: How many records of the archive nobody has read, since processes died of them.
    ///   - wishes: Which rows are set that may be right as they are.
    package init(
        _ difference: CounterDifference,
        countable: Int,
        _ extent: ArchiveExtent,
        deadly: Int,
        _ wishes: RepairWishes
    ) {
        if countable > 0 {
            self = .leave(
                "a redrive would add \(countable.counting("dead letter")) to it once more: orders redrive --queue "
                    + "AnalyticsDLQ, and audit again"
            )
        } else if let hindrance = Self.hindrance(difference, extent, deadly: deadly) {
            self = .leave(hindrance)
        } else if difference.isInMotion {
            self = .leave("it is in motion; audit again")
        } else if difference.hasMore, !wishes.lowers {
            self = Self.higher
        } else if difference.hasLess, difference.secondCounts != nil, !wishes.repeats {
            self = Self.repeated
        } else {
            self = .set
        }
    }

    /// Why the archive's sums are not to be relied on for this row; nil where they are.
    private static func hindrance(_ difference: CounterDifference, _ extent: ArchiveExtent, deadly: Int) -> String? {
        if let first = extent.firstRepairableDay, !extent.isRepairable(difference.key.day) {
            return
                "the archive may no longer have all that came before it (ArchiveExpirationDays), so that it cannot tell "
                + "a repetition of an order that has left it; days from \(first.text) on can be repaired"
        }
        if difference.isUndecided, extent.isKnownBehindFaults {
            return
                "orders of it repeat one another from before objects with faults, so that the archive cannot "
                + "tell which of them count"
        }
        if difference.isUndecided {
            return
                "orders of it repeat one another from before what the archive still has (ArchiveExpirationDays), so that it "
                + "cannot tell which of them count"
        }
        if deadly > 0, difference.hasMore {
            return
                "a redrive may have counted in it what is in \(deadly.counting("record")) that a process died of, "
                + "which the archive has unread"
        }
        return nil
    }

    /// What a repair with these decisions would do, for people.
    package static func plan(_ decisions: [Self], _ wishes: RepairWishes) -> [String] {
        var left: [String: Int] = [:]
        for case .leave(let reason) in decisions { left[reason, default: 0] += 1 }
        let count = left.values.reduce(0, +)
        let rows = (decisions.count - count).counting("row")
        let would = "\(wishes.options) would set \(rows) to what the archive adds up to"
        guard count > 0 else { return ["\(would)."] }
        return ["\(would), and leave \(count):"]
            + left.sorted { $0.key < $1.key }.map { "  \($0.value.counting("row")), since \($0.key)" }
    }
}
