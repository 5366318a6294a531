/// Makes a failing run smaller: fewer functions, fewer faults, fewer records, until none can be left out.
///
/// Since every decision is drawn at a place of its own, a run without one of its faults is the same run but for what
/// followed from that fault. What remains is what the failure takes.
package struct Shrinker {
    private let player: Player
    /// Plays without the weakness of `player`; nil where that has none.
    private let sound: Player?
    /// Runs that are tried at most.
    private var budget: Int

    /// `sound` is a player in whose hands what is left must pass, so that it fails for the weakness of the other.
    package init(player: Player, sound: Player? = nil, budget: Int = 1_500) {
        self.player = player
        self.sound = sound
        self.budget = budget
    }

    /// The smallest failing run that was found; `result` itself where its faults alone do not make it fail.
    package mutating func shrink(_ result: RunResult) -> RunResult {
        var script = result.script
        script.faults = result.faults
        script.records = result.records.map(\.number)
        script.messages = result.messages.map(\.number)
        script.posts = result.posts.map(\.number)
        guard var best = self.failing(script) else { return result }
        var size = Int.max
        while self.budget > 0, size > Self.size(best.script) {
            size = Self.size(best.script)
            for function in best.script.functions.sorted(by: { $0.rawValue < $1.rawValue }) {
                var smaller = best.script
                smaller.functions.remove(function)
                if let failing = self.failing(smaller) { best = failing }
            }
            best = self.leavingOut(best, \.faultList)
            best = self.leavingOut(best, \.recordList)
            best = self.leavingOut(best, \.messageList)
            best = self.leavingOut(best, \.postList)
        }
        return best
    }

    private static func size(_ script: Script) -> Int {
        script.functions.count + script.faultList.count + script.recordList.count
            + script.messageList.count + script.postList.count
    }

    /// Leaves out parts of a list, halves first, then quarters, at last single elements.
    private mutating func leavingOut<Element>(
        _ start: RunResult,
        _ list: WritableKeyPath<Script, [Element]>
    ) -> RunResult {
        var best = start
        var length = max(1, best.script[keyPath: list].count)
        while true {
            var place = 0
            while place < best.script[keyPath: list].count, self.budget > 0 {
                var smaller = best.script
                let end = min(place + length, smaller[keyPath: list].count)
                smaller[keyPath: list].removeSubrange(place..<end)
                if let failing = self.failing(smaller) { best = failing } else { place = end }
            }
            if length == 1 || self.budget <= 0 { return best }
            length = (length + 1) / 2
        }
    }

    private mutating func failing(_ script: Script) -> RunResult? {
        self.budget -= 1
        var result = self.player.play(script)
        guard !result.hasPassed, self.sound?.play(script).hasPassed != false else { return nil }
        // Faults that no longer meet anything are left out at once.
        let happened = Set(result.faults)
        result.script.faults = script.faultList.filter { happened.contains($0) }
        return result
    }
}

extension Script {
    fileprivate var faultList: [FaultStep] {
        get { self.faults ?? [] }
        set { self.faults = newValue }
    }

    fileprivate var messageList: [Int] {
        get { self.messages ?? [] }
        set { self.messages = newValue }
    }

    fileprivate var postList: [Int] {
        get { self.posts ?? [] }
        set { self.posts = newValue }
    }

    fileprivate var recordList: [Int] {
        get { self.records ?? [] }
        set { self.records = newValue }
    }
}
