/// The actions that a `ShardMachine` has queued: first in, first out, but for the urgent ones.
///
/// An array with a moving front, since `Array.removeFirst()` moves all that is behind: 100,000 records would take
/// quadratic time.
struct ActionQueue: Sendable {
    private var actions: [ShardMachine.Action] = []
    /// The index of the next action in `actions`; those before it were taken.
    private var first = 0
    /// Actions that go before `actions`, the last one first.
    private var urgent: [ShardMachine.Action] = []

    /// How many taken places are kept before their memory is given back.
    ///
    /// They also have to be the larger half of `actions`, so that giving it back moves fewer actions than were taken.
    private static let keptPlaces = 1_024

    /// Puts actions behind all that wait.
    mutating func append(_ actions: [ShardMachine.Action]) { self.actions += actions }

    /// Puts an action before all that wait.
    mutating func prepend(_ action: ShardMachine.Action) { self.urgent.append(action) }

    /// Takes the next action; nil if none waits.
    mutating func popFirst() -> ShardMachine.Action? {
        if let action = self.urgent.popLast() { return action }
        guard self.first < self.actions.count else {
            self.actions.removeAll(keepingCapacity: true)
            self.first = 0
            return nil
        }
        var action = ShardMachine.Action.wait
        swap(&action, &self.actions[self.first])
        self.first += 1
        if self.first >= Self.keptPlaces, self.first * 2 > self.actions.count {
            self.actions.removeFirst(self.first)
            self.first = 0
        }
        return action
    }
}
