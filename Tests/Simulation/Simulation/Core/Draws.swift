/// All that one seed decides.
///
/// Each decision has a place of its own, for example "the latency of the third request of the second delivery of shard 0",
/// and what is drawn there depends on the seed and the place alone. So a decision that is taken away moves no other one, which
/// is what makes a failing run smaller step by step.
package struct Draws: Sendable {
    package let seed: UInt64

    package init(seed: UInt64) { self.seed = seed }

    /// The generator of a place: what is decided, and up to three numbers that tell where.
    package func generator(_ purpose: Place, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0) -> Generator {
        var state = Generator.mixed(self.seed &+ purpose.rawValue &* 0x9E37_79B9_7F4A_7C15)
        for number in [a, b, c] {
            state = Generator.mixed(state ^ UInt64(bitPattern: Int64(number)) &* 0xD6E8_FEB8_6659_FD93)
        }
        return Generator(state: state)
    }

    /// What is decided.
    ///
    /// A seed plays the same as long as each has the same number.
    package enum Place: UInt64, Sendable {
        case configuration = 1
        case record, arrival, message
        case plan, requestFault, lateness, latency
        case batch = 10, mapping, queue, pipe, environment, functionRandom, clock, redrive, freeze
        case post = 50, functions
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers on every machine.
package struct Generator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(self.state)
    }

    static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// Uniform in 0 ..< 1.
    package mutating func fraction() -> Double { Double(self.next() >> 11) * 0x1p-53 }

    /// True with that probability.
    package mutating func chance(_ probability: Double) -> Bool { self.fraction() < probability }

    /// A number of the range, its end included.
    package mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(self.next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    /// One of the elements, each as likely as the others.
    package mutating func choice<Element>(_ elements: [Element]) -> Element {
        elements[Int(self.next() % UInt64(elements.count))]
    }

    /// One of the elements, as likely as its weight says.
    package mutating func weighted<Element>(_ elements: [(Element, Int)]) -> Element {
        var rest = Int(self.next() % UInt64(elements.reduce(0) { $0 + $1.1 }))
        for (element, weight) in elements {
            rest -= weight
            if rest < 0 { return element }
        }
        preconditionFailure("the rest is less than the sum of all weights")
    }

    /// A duration of the range, in nanoseconds; short ones are as likely as long ones.
    package mutating func time(_ range: ClosedRange<VirtualTime.Nanoseconds>) -> VirtualTime.Nanoseconds {
        range.lowerBound + Int64(self.fraction() * Double(range.upperBound - range.lowerBound))
    }
}
