/// What a Pipe or a mapping calls with a batch.
package protocol PipeTarget: Sendable {
    /// Calls it once and waits for the outcome; never throws, since every outcome has its rule.
    func invoke(payload: [UInt8]) async -> TargetOutcome
}

/// How one call of a target ended.
package enum TargetOutcome: Sendable, Equatable {
    /// The function's answer.
    case answered([UInt8])
    /// The function threw, crashed or took too long; or the call is wrong as configured (no such function, no
    /// permission).
    ///
    /// Counts as an attempt.
    case failed(String)
    /// Throttled, not reachable, an internal error of the service.
    ///
    /// Counts as none.
    case refused(String)
}

/// Where a Pipe or a mapping notes what it gave up on.
package protocol DeadLetterSink: Sendable {
    /// Takes one batch; throws if it could not be stored, after which it comes again.
    func store(_ batch: UndeliveredBatch, shardID: String) async throws
}
