import AWSClient
import TestSupport

extension FaultInjector {
    /// A fault that passes, and in most plans the invocation's death at a request that happens, or not, or late.
    ///
    /// Gives the request at which it dies; `Int.max` if it lives.
    func planRandom(_ generator: inout SeededGenerator) -> Int {
        let end = Int.random(in: 0...8, using: &generator)
        let kind = Int.random(in: 0..<4, using: &generator)
        let hiccup = Int.random(in: 0...5, using: &generator)
        let hiccupKind = Int.random(in: 0..<3, using: &generator)
        self.plan { call in
            if kind > 0, call.index > end { return .before(.gone(call.operation)) }
            if kind > 0, call.index == end {
                switch kind {
                case 1: return .before(.gone(call.operation))
                case 2: return .after(.gone(call.operation))
                default: return .late(.gone(call.operation))
                }
            }
            guard call.index == hiccup else { return .none }
            switch hiccupKind {
            case 0: return .before(.throttled(call.operation))
            case 1: return .after(.lost(call.operation))
            default: return .before(.lost(call.operation))
            }
        }
        return kind > 0 ? end : .max
    }
}
