/// Log lines that were not written yet, in memory of a fixed place and size, so that a signal handler, which can
/// neither lock nor allocate, can write them out.
struct LogBuffer: ~Copyable, @unchecked Sendable {  // `LogOutput` guards it with a lock
    /// The memory and how much of it is used.
    struct Content {
        let start: UnsafeMutableRawPointer
        var count = 0
    }

    /// Enough for the lines of most invocations; a fuller one is only written out earlier.
    static let capacity = 32 * 1_024

    let content: UnsafeMutablePointer<Content>

    init() {
        self.content = .allocate(capacity: 1)
        self.content.initialize(to: Content(start: .allocate(byteCount: Self.capacity, alignment: 16)))
    }

    deinit {
        self.content.pointee.start.deallocate()
        self.content.deallocate()
    }

    var isEmpty: Bool { self.content.pointee.count == 0 }
    var freeCapacity: Int { Self.capacity - self.content.pointee.count }

    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: self.content.pointee.start, count: self.content.pointee.count)
    }

    /// `bytes` must fit.
    ///
    /// The count grows last, so that a signal in between finds whole lines.
    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        let end = self.content.pointee.start + self.content.pointee.count
        end.copyMemory(from: source, byteCount: bytes.count)
        self.content.pointee.count += bytes.count
    }

    func removeAll() {
        self.content.pointee.count = 0
    }
}
