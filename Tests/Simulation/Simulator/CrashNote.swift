internal import Glibc

/// Names the seeds that were being played when the process dies of a trap: a failed precondition of a handler is a
/// finding too.
enum CrashNote {
    private static let longestJobs = 64
    nonisolated(unsafe) private static let seeds = UnsafeMutablePointer<UInt64>.allocate(capacity: longestJobs)

    static func install() {
        self.seeds.initialize(repeating: .max, count: self.longestJobs)
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT] {
            signal(number) { number in
                CrashNote.write("The process died while it played one of the seeds")
                for job in 0..<CrashNote.longestJobs where CrashNote.seeds[job] != .max {
                    CrashNote.write(CrashNote.seeds[job])
                }
                CrashNote.write("; play each with --seeds 1 --first-seed SEED --jobs 1\n")
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    static func begin(_ seed: UInt64, job: Int) {
        if job < self.longestJobs { self.seeds[job] = seed }
    }

    private static func write(_ text: StaticString) {
        _ = Glibc.write(2, text.utf8Start, text.utf8CodeUnitCount)
    }

    /// Writes a space and the number, without allocating.
    private static func write(_ number: UInt64) {
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { bytes in
            var place = bytes.count
            var rest = number
            repeat {
                place -= 1
                bytes[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            place -= 1
            bytes[place] = UInt8(ascii: " ")
            let text = UnsafeRawBufferPointer(rebasing: bytes[place...])
            _ = Glibc.write(2, text.baseAddress, text.count)
        }
    }
}
