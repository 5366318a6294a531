internal import Platform
internal import Synchronization

/// Reproducible randomness (SplitMix64, Steele, Lea and Flood 2014).
///
/// A test that uses it prints `seed` when it fails.
package final class SeededRandom: RandomSource {
    package let seed: UInt64
    private let state: Mutex<UInt64>

    package init(seed: UInt64) {
        self.seed = seed
        self.state = Mutex(seed)
    }

    package func next() -> UInt64 {
        self.state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }
}

extension SeededRandom {
    /// For the standard library's random functions: `Int.random(in: 0..<6, using: &generator)`.
    package struct Generator: RandomNumberGenerator {
        let source: SeededRandom

        package mutating func next() -> UInt64 { self.source.next() }
    }

    package var generator: Generator { Generator(source: self) }
}
