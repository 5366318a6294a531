import Glibc

/// The CPU time of decoding one event some times.
struct Measurement {
    /// Of the whole process, all repetitions together.
    let nanoseconds: UInt64
    /// Of one repetition; the same on every side, so that none can win by leaving something out.
    let checksum: Int

    init(of side: DecodingSide, event: [UInt8], times: Int) throws {
        let start = clock_gettime_nsec(CLOCK_PROCESS_CPUTIME_ID)
        var checksum = 0
        for _ in 0..<times {
            checksum = try side.checksum(of: event)
        }
        self.nanoseconds = clock_gettime_nsec(CLOCK_PROCESS_CPUTIME_ID) - start
        self.checksum = checksum
    }
}

private func clock_gettime_nsec(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
