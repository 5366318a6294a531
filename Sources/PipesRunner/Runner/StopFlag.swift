internal import Synchronization

/// Set once, from any thread, when the runner is to finish what is in flight and take nothing new.
package final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    /// A flag that is not set.
    package init() {}

    /// Whether `set` was called.
    package var isSet: Bool { self.flag.load(ordering: .acquiring) }

    /// Asks whoever looks at the flag to stop.
    package func set() {
        self.flag.store(true, ordering: .releasing)
    }
}
