package import AWSClient
internal import LambdaEvents
package import Orders

/// What a claim of the Analytics table says of the records of its event, for those who look at it later.
package struct ClaimAccount: Sendable {
    /// What a record has to do with the claim.
    package enum Role: Sendable, Equatable {
        /// The record counts the event, or what former owners have left of it.
        case owner
        /// The record was lost when it was counted in some rows only.
        case formerOwner
        /// The record repeats the event, or holds another one.
        case other
    }

    private let claim: EventClaim

    /// Nil for an item that is no claim of this format.
    package init?(_ item: AttributeMap) {
        guard let claim = AnalyticsTable.claim(in: item) else { return nil }
        self.claim = claim
    }

    /// The digest of the order that counts; nil where it cannot be compared.
    package var digest: String? { self.claim.digest }

    /// What a record has to do with the claim, by its place in the stream; a redrive of it is the record itself.
    package func role(shardID: String, sequenceNumber: String, subSequenceNumber: Int?) -> Role {
        guard let number = SequenceNumber(sequenceNumber) else { return .other }
        let part = subSequenceNumber.map { ":\($0)" } ?? ""
        func isIt(_ place: StreamPlace) -> Bool {
            if let redrive = RedriveShard(shardID: place.shardID) {
                return redrive.originalEventID == "\(shardID):\(number.text)\(part)"
            }
            return place.shardID == shardID && place.number == number && place.part == subSequenceNumber
        }
        if isIt(self.claim.owner) { return .owner }
        return self.claim.formerOwners.contains(where: isIt) ? .formerOwner : .other
    }

    /// Which of its event's rows a record counts, on the day that the event counts on.
    package func rows(_ rows: [CounterRow], of role: Role) -> [CounterRow] {
        let rows = self.claim.day.map { rows.on($0) } ?? rows
        func isCountedBefore(_ row: CounterRow) -> Bool {
            self.claim.rowsCountedBefore.contains(RowName(row.key))
        }
        return switch role {
        case .owner: rows.filter { !isCountedBefore($0) }
        case .formerOwner: rows.filter(isCountedBefore)
        case .other: []
        }
    }
}
