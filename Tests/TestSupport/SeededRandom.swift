internal import Platform
internal import Synchronization

/// A `SeededGenerator` as the source of randomness that code under test is given and may share.
package final class SeededRandom: RandomSource {
    package let seed: UInt64
    private let state: Mutex<SeededGenerator>

    package init(seed: UInt64) {
        self.seed = seed
        self.state = Mutex(SeededGenerator(seed: seed))
    }

    package func next() -> UInt64 {
        self.state.withLock { $0.next() }
    }
}

extension SeededRandom {
    package typealias Generator = SeededGenerator

    /// For the standard library's random functions: `Int.random(in: 0..<6, using: &generator)`.
    package var generator: SeededGenerator { SeededGenerator(seed: self.next()) }
}
