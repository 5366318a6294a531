/// A promise of AWS that the pipeline builds on, broken on purpose: a run in which it is broken must fail, or the
/// simulation would not notice a pipeline that does not ask for it either.
package enum Weakness: String, CaseIterable, Sendable {
    /// An event is claimed although it is.
    case eventClaims = "event-claims"
    /// A row is added to however far it has counted.
    case rowPositions = "row-positions"
    /// A row is put over another.
    case newRows = "new-rows"
    /// The archiver's checkpoint moves from whatever it is.
    case archiverCheckpoints = "archiver-checkpoints"
    /// An object is put over another, `If-None-Match` or not.
    case archiveObjects = "archive-objects"
    /// An order is updated from whatever it is.
    case orderUpdates = "order-updates"
    /// An order is put over another.
    case newOrders = "new-orders"
    /// The claim of a dead letter is not found.
    case deadLetterMarkers = "dead-letter-markers"
    /// The rows in which the former owner of a claim was counted are not found.
    case formerOwners = "former-owners"
    /// A record that the stream refuses is answered like one that it takes.
    case storedRecords = "stored-records"
    /// A checkpoint is read as it was a moment ago, although the reader asks for consistency.
    case checkpointReads = "checkpoint-reads"

    /// Whether the condition of a write is ignored.
    func ignoresCondition(of write: WriteRequest, key: String) -> Bool {
        switch self {
        case .eventClaims: write.table == "Analytics" && key.hasPrefix("EVENT#")
        case .rowPositions:
            if case .update = write.kind { write.table == "Analytics" && !key.hasPrefix("EVENT#") } else { false }
        case .newRows:
            if case .put = write.kind { write.table == "Analytics" && !key.hasPrefix("EVENT#") } else { false }
        case .archiverCheckpoints: write.table == "Checkpoints" && key.hasPrefix("OrderArchiver#")
        case .orderUpdates: if case .update = write.kind { write.table == "Orders" } else { false }
        case .newOrders: if case .put = write.kind { write.table == "Orders" } else { false }
        case .archiveObjects, .deadLetterMarkers, .formerOwners, .storedRecords, .checkpointReads: false
        }
    }
}
