/// Randomness as a parameter: jitter and tokens are drawn from it, so that a test can seed them.
package protocol RandomSource: Sendable {
    /// 64 independent, uniformly distributed bits.
    func next() -> UInt64
}

extension RandomSource {
    /// Uniform in 0 ..< 1, with the 53 bits a `Double` holds.
    package func nextFraction() -> Double {
        Double(self.next() >> 11) * 0x1p-53
    }

    /// A random (version 4) UUID in lower case, as client request tokens are written.
    package func nextUUID() -> String {
        let high = self.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = self.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let bytes = [high, low].flatMap { half in
            (0..<8).map { UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * $0)) }
        }
        return [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { Hexadecimal.text(Array(bytes[$0])) }.joined(separator: "-")
    }
}

/// The operating system's generator.
package struct SystemRandom: RandomSource {
    /// A source that holds no state of its own: the system's generator is the process's.
    package init() {}

    /// 64 bits of the system's generator.
    package func next() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
