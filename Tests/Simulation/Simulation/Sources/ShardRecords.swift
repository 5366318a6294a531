/// The records of a shard as mappings read them: all that it will ever have, or those that have come by now.
final class ShardRecords: @unchecked Sendable {  // confined to its run's thread
    private(set) var records: [SentRecord]
    /// Whether no more will come.
    private(set) var isClosed: Bool
    private var readers: [UnsafeContinuation<Void, Never>] = []

    /// A shard that nothing comes into any more than what is known, each record at its own time.
    init(_ records: [SentRecord]) {
        self.records = records
        self.isClosed = true
    }

    /// An empty shard that is open.
    init() {
        self.records = []
        self.isClosed = false
    }

    func append(_ record: SentRecord) {
        self.records.append(record)
        self.wakeReaders()
    }

    func close() {
        self.isClosed = true
        self.wakeReaders()
    }

    /// Waits for another record, or for the shard's end.
    func waitForMore() async {
        guard !self.isClosed else { return }
        await withUnsafeContinuation { self.readers.append($0) }
    }

    private func wakeReaders() {
        let readers = self.readers
        self.readers = []
        for reader in readers { reader.resume() }
    }
}
