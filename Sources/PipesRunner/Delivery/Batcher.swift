package import Platform

/// Collects the records of one shard, or of one lane of it, into batches.
package struct Batcher: Sendable {
    private let limits: BatchLimits
    /// Bytes around the records: `[]` for a Pipe, `{"Records":[]}` for a mapping.
    private let envelopeBytes: Int
    private var records: [PolledRecord] = []
    /// The records before this were given out.
    private var head = 0
    /// Bytes of the records that wait.
    package private(set) var waitingBytes = 0
    /// When the oldest record that waits came.
    private var waitingSince: UTCInstant?

    /// A batcher that holds nothing; `envelopeBytes` are those that a batch takes without records.
    package init(limits: BatchLimits, envelopeBytes: Int = 2) {
        self.limits = limits
        self.envelopeBytes = envelopeBytes
    }

    /// Whether no record waits.
    package var isEmpty: Bool { self.head == self.records.count }

    /// Adds records in the stream's order.
    package mutating func add(_ records: [PolledRecord], at now: UTCInstant) {
        guard !records.isEmpty else { return }
        if self.isEmpty { self.waitingSince = now }
        self.records += records
        self.waitingBytes += records.reduce(0) { $0 + $1.json.count }
    }

    /// The next batch, if it is full, its window has passed, or the shard is at its end and nothing more will come.
    package mutating func take(at now: UTCInstant, isLast: Bool = false) -> [PolledRecord]? {
        guard !self.isEmpty else { return nil }
        let (end, isFull) = self.extent()
        let hasWaited = self.waitingSince.map { now - $0 >= self.limits.window } ?? true
        guard isFull || hasWaited || isLast else { return nil }
        let batch = Array(self.records[self.head..<end])
        self.head = end
        self.waitingBytes -= batch.reduce(0) { $0 + $1.json.count }
        self.dropGivenOut()
        self.waitingSince = self.isEmpty ? nil : now
        return batch
    }

    /// How many records are held in memory: those that wait, and at most as many that were given out.
    package var heldCount: Int { self.records.count }

    /// Frees what was given out once it is the larger part: with a window the rest of one page waits for the next, so
    /// that the batcher of a busy shard may never be empty.
    private mutating func dropGivenOut() {
        guard self.head * 2 >= self.records.count else { return }
        self.records.removeFirst(self.head)
        self.head = 0
    }

    /// How long until `take` will give an incomplete batch; nil if none waits.
    package func timeLeft(at now: UTCInstant) -> Duration? {
        self.waitingSince.map { max(.zero, self.limits.window - (now - $0)) }
    }

    /// Where the next batch ends, and whether a limit ends it.
    ///
    /// A single record is a batch, whatever its size.
    private func extent() -> (end: Int, isFull: Bool) {
        var bytes = self.envelopeBytes
        var index = self.head
        while index < self.records.count {
            let added = self.records[index].json.count + (index == self.head ? 0 : 1)
            if index - self.head == self.limits.size || index > self.head && bytes + added > self.limits.bytes {
                return (index, true)
            }
            bytes += added
            index += 1
        }
        return (index, index - self.head == self.limits.size)
    }
}

/// How many records go into one invocation.
package struct BatchLimits: Sendable, Equatable {
    /// Lambda's limit for a synchronous payload: 6 MiB and 100 bytes.
    package static let maximumPayload = 6 * 1_024 * 1_024 + 100

    /// Records; 1 to 10,000.
    package let size: Int
    /// How long to wait for a full batch after its first record; zero: not at all.
    package let window: Duration
    /// Bytes of the payload, brackets and commas included.
    package let bytes: Int

    /// Limits of a batch, by default those of a Pipe.
    package init(size: Int = 100, window: Duration = .zero, bytes: Int = BatchLimits.maximumPayload) {
        self.size = size
        self.window = window
        self.bytes = bytes
    }
}
