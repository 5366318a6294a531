/// What a `ShardMachine` has still to ask for, in its order.
struct ActionQueue: Sendable {
    private var actions: [ShardMachine.Action] = []
    /// The place of the first that waits; what stood before it was taken.
    private var first = 0
    /// What goes before all that waits.
    private var urgent: [ShardMachine.Action] = []

    /// So many taken places are worth moving what waits.
    private static let fewestMoved = 1_024

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
        if self.first >= Self.fewestMoved, self.first * 2 > self.actions.count {
            self.actions.removeFirst(self.first)
            self.first = 0
        }
        return action
    }
}
