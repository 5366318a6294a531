package import Orders

/// Where the rows of a batch stand by their keys, as `Dictionary<CounterKey, Int>` would keep it.
///
/// The keys are those that the caller has at the places. Hashes are compared before keys are: a dictionary compares a key of
/// another module's type through its conformance, which takes as long as hashing it (docs/performance.md).
package struct RowPlaces: Sendable {
    /// A row's place, and its key's hash.
    private struct Entry: Sendable {
        var hash = 0
        /// -1 in an entry that is free.
        var place: Int32 = -1
    }

    /// At each hash, or in the next free entry behind it; a power of two, at least twice as many as there are rows.
    private var entries: [Entry]
    private var count = 0

    /// Places of no rows, with room for some more than `capacity`.
    package init(reservingCapacity capacity: Int) {
        var size = 64
        while size < 2 * capacity + 64 { size *= 2 }
        self.entries = Array(repeating: Entry(), count: size)
    }

    /// The place of a key, which is `new` from now on where it had none.
    package mutating func insert(_ key: CounterKey, _ new: Int, _ keyAt: (Int) -> CounterKey) -> Int {
        let hash = Self.hash(key)
        let entry = self.entry(of: key, hash, keyAt)
        if self.entries[entry].place >= 0 { return Int(self.entries[entry].place) }
        self.entries[entry] = Entry(hash: hash, place: Int32(new))
        self.count += 1
        if self.count * 2 > self.entries.count { self.grow() }
        return new
    }

    private func entry(of key: CounterKey, _ hash: Int, _ keyAt: (Int) -> CounterKey) -> Int {
        let mask = self.entries.count - 1
        var index = hash & mask
        while self.entries[index].place >= 0 {
            if self.entries[index].hash == hash, keyAt(Int(self.entries[index].place)) == key { break }
            index = (index + 1) & mask
        }
        return index
    }

    private mutating func grow() {
        let before = self.entries
        self.entries = Array(repeating: Entry(), count: 2 * before.count)
        for entry in before where entry.place >= 0 {
            var index = entry.hash & (self.entries.count - 1)
            while self.entries[index].place >= 0 { index = (index + 1) & (self.entries.count - 1) }
            self.entries[index] = entry
        }
    }

    /// Swift's hash, with a seed of the process, so that nobody can choose ids that meet in one place.
    private static func hash(_ key: CounterKey) -> Int {
        var hasher = Hasher()
        key.hash(into: &hasher)
        return hasher.finalize()
    }
}
