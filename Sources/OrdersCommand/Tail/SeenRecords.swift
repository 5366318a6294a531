internal import Synchronization

/// The records of an order that are not archived yet, which one source finds and another one learns from.
final class SeenRecords: Sendable {
    private let state = Mutex<(records: [ArchivedRecord], mayGrow: Bool)>(([], true))

    /// What was found by now, and whether more may be.
    var now: (records: [ArchivedRecord], mayGrow: Bool) { self.state.withLock { $0 } }

    /// These are all that are found.
    func end(with records: [ArchivedRecord]) {
        self.state.withLock { $0 = (records, false) }
    }
}
