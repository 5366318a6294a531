internal import Glibc
internal import JSONText

/// The environment variable `_X_AMZN_TRACE_ID`, which X-Ray clients read.
///
/// Set for each invocation where only one runs at a time. It stands until the next one, as in AWS's own runtimes: taking it
/// away and putting it back searches the whole environment each time (docs/performance.md).
///
/// `setenv` never gives back the memory of a value, so the variable stands in memory of its own that is written over.
final class TraceVariable {
    private static let name: StaticString = "_X_AMZN_TRACE_ID="
    private var storage: UnsafeMutableBufferPointer<CChar>
    private var isSet = false

    init() {
        self.storage = .allocate(capacity: 512)
        self.isSet = true
        self.set(nil)
    }

    deinit {
        unsetenv("_X_AMZN_TRACE_ID")
        self.storage.deallocate()
    }

    /// Sets the variable, or takes it away.
    func set(_ traceID: String?) {
        guard let traceID else {
            if self.isSet { unsetenv("_X_AMZN_TRACE_ID") }
            self.isSet = false
            return
        }
        let prefix = Self.name.utf8CodeUnitCount
        let count = traceID.utf8.count
        let outgrown = prefix + count + 1 > self.storage.count ? self.storage : nil
        if outgrown != nil { self.storage = .allocate(capacity: (prefix + count + 1) * 2) }
        let memory = UnsafeMutableRawBufferPointer(self.storage)
        memory.copyMemory(from: UnsafeRawBufferPointer(start: Self.name.utf8Start, count: prefix))
        traceID.withUTF8Bytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: memory[prefix...]).copyMemory(from: UnsafeRawBufferPointer(bytes))
        }
        memory[prefix + count] = 0
        if !self.isSet || outgrown != nil, let start = self.storage.baseAddress { putenv(start) }
        self.isSet = true
        outgrown?.deallocate()
    }
}
