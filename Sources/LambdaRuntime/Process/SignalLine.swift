internal import Platform

/// A log line under construction in a signal handler: memory that exists already, and no more than that.
struct SignalLine {
    let memory: UnsafeMutableRawBufferPointer
    var count = 0

    init(memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
    }

    mutating func append(_ text: StaticString) {
        self.append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { self.append(byte) }
    }

    /// The time now, as `UTCInstant.appendISO8601` writes it.
    mutating func appendNow() {
        let now = SystemClock.now
        let time = now.civilTime
        self.append(digits: time.year, 4)
        self.append("-")
        self.append(digits: time.month, 2)
        self.append("-")
        self.append(digits: time.day, 2)
        self.append("T")
        self.append(digits: time.hour, 2)
        self.append(":")
        self.append(digits: time.minute, 2)
        self.append(":")
        self.append(digits: time.second, 2)
        self.append(".")
        self.append(digits: Int(now.nanosecondsSince1970 / 1_000_000 % 1_000), 3)
        self.append("Z")
    }

    private mutating func append(digits number: Int, _ width: Int) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            self.append(UInt8(truncatingIfNeeded: 0x30 + number / divisor % 10))
            divisor /= 10
        }
    }

    private mutating func append(_ byte: UInt8) {
        guard self.count < self.memory.count else { return }
        self.memory[self.count] = byte
        self.count += 1
    }
}
