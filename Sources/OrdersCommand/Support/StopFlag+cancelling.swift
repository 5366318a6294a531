internal import AWSClient
package import PipesRunner
package import Platform

extension StopFlag {
    /// How soon a flag that was set is noticed.
    private static let interval = Duration.milliseconds(100)
    /// What is in flight may end in its own way for so long: a wait of a second for a queue's messages, for example.
    private static let grace = Duration.seconds(2)

    /// Runs `body`, and cancels it 2 s after the flag was set; nil where that ended it, which is a good end.
    ///
    /// A request that nothing answers ends by itself after 30 s or more: for so long nobody waits who stops a command.
    package func cancelling<Value: Sendable>(
        on time: any TimeSource,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        try await withThrowingTaskGroup(of: Value?.self) { group -> Value? in
            group.addTask {
                do {
                    return try await body()
                } catch let error where self.isSet && error.isCancellation {
                    return nil
                }
            }
            group.addTask {
                while !self.isSet { try await time.sleep(for: Self.interval) }
                try await time.sleep(for: Self.grace)
                return nil
            }
            // The watch ends first where the body has to be cancelled, else the body.
            while let end = try await group.next() {
                group.cancelAll()
                if let end { return end }
            }
            return nil
        }
    }
}

extension Error {
    /// Whether it says only that its task was cancelled.
    var isCancellation: Bool { self is CancellationError || (self as? AWSError)?.code == .cancelled }
}
