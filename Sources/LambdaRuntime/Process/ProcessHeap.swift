internal import CMalloc

/// The C library's heap, which Swift's objects lie in, too.
enum ProcessHeap {
    /// More than an event of the greatest size takes.
    private static let keptBytes: Int32 = 64 * 1_024 * 1_024
    /// The most that glibc allows.
    private static let mappedBytes: Int32 = 32 * 1_024 * 1_024

    /// Keeps what one invocation has freed for the next one, which mostly needs as much.
    ///
    /// By default the heap's free end goes back to the kernel, and blocks of some size are mapped each for itself, so that with
    /// each large event the kernel clears a thousand pages and more: up to a tenth of the archiver's CPU (docs/performance.md).
    /// Nothing is saved by that: Lambda bills a function's memory whether it is used or not.
    static func keepFreedMemory() {
        // Of a C library that refuses, nothing is lost but time.
        _ = mallopt(M_TRIM_THRESHOLD, self.keptBytes)
        _ = mallopt(M_MMAP_THRESHOLD, self.mappedBytes)
    }
}
