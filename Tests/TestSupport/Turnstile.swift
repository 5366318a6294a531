internal import Platform

/// Lets tasks pass one at a time, whenever all of them wait, in an order that a seed repeats.
package actor Turnstile {
    private let random: SeededRandom
    private var inside: Int
    private var waiting: [(name: Int, continuation: CheckedContinuation<Void, Never>)] = []

    /// For `tasks` tasks, each of which calls `pass` any number of times and `leave` once.
    package init(tasks: Int, random: SeededRandom) {
        self.inside = tasks
        self.random = random
    }

    /// Returns when it is this task's turn; `name` is its number, whichever task came first.
    package func pass(_ name: Int) async {
        await withCheckedContinuation { continuation in
            self.waiting.append((name, continuation))
            self.turn()
        }
    }

    /// The task is done and is not waited for any more.
    package func leave() {
        self.inside -= 1
        self.turn()
    }

    private func turn() {
        guard !self.waiting.isEmpty, self.waiting.count == self.inside else { return }
        self.waiting.sort { $0.name < $1.name }
        var generator = self.random.generator
        let next = self.waiting.remove(at: Int.random(in: self.waiting.indices, using: &generator))
        next.continuation.resume()
    }
}
