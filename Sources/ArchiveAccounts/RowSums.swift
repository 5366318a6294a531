internal import Glibc
internal import Orders

/// Sums of rows that are found by the bytes of their keys, so that a row's text is made once and not for each event.
struct RowSums: Sendable {
    private struct Entry {
        let hash: UInt64
        /// Where its key's bytes stand in `keys`.
        let start: Int
        let length: Int
        var delta: CounterDelta
        /// Whether the sum has more digits than DynamoDB stores.
        var isOverflown = false
    }

    private var entries: [Entry] = []
    /// The bytes of all keys, one behind the other.
    private var keys: [UInt8] = []
    /// Places of entries by their hashes, open addressing; -1 where there is none.
    ///
    /// Half of them at most are taken.
    private var slots = [Int32](repeating: -1, count: 64)

    /// How many rows there are.
    var count: Int { self.entries.count }

    /// Adds what an event adds to the row of that key.
    mutating func add(_ delta: CounterDelta, to key: UnsafeRawBufferPointer) {
        self.add(delta, to: key, hash: ContentHash.of(key))
    }

    /// Adds the sums of other events.
    mutating func add(_ other: RowSums) {
        other.keys.withUnsafeBytes { keys in
            for entry in other.entries {
                let key = UnsafeRawBufferPointer(rebasing: keys[entry.start..<entry.start + entry.length])
                self.add(entry.delta, to: key, hash: entry.hash, isOverflown: entry.isOverflown)
            }
        }
    }

    private mutating func add(
        _ delta: CounterDelta,
        to key: UnsafeRawBufferPointer,
        hash: UInt64,
        isOverflown: Bool = false
    ) {
        var slot = Int(truncatingIfNeeded: hash) & (self.slots.count - 1)
        while self.slots[slot] >= 0 {
            let place = Int(self.slots[slot])
            if self.entries[place].hash == hash, self.isKey(key, ofEntry: place) {
                self.add(delta, at: place)
                if isOverflown { self.entries[place].isOverflown = true }
                return
            }
            slot = (slot + 1) & (self.slots.count - 1)
        }
        self.slots[slot] = Int32(self.entries.count)
        self.entries.append(
            Entry(hash: hash, start: self.keys.count, length: key.count, delta: delta, isOverflown: isOverflown)
        )
        self.keys.append(contentsOf: key)
        if 2 * self.entries.count > self.slots.count { self.grow() }
    }

    private mutating func add(_ delta: CounterDelta, at place: Int) {
        do {
            self.entries[place].delta = try self.entries[place].delta.adding(delta)
        } catch {
            self.entries[place].isOverflown = true
        }
    }

    private mutating func grow() {
        self.slots = [Int32](repeating: -1, count: 2 * self.slots.count)
        for (place, entry) in self.entries.enumerated() {
            var slot = Int(truncatingIfNeeded: entry.hash) & (self.slots.count - 1)
            while self.slots[slot] >= 0 { slot = (slot + 1) & (self.slots.count - 1) }
            self.slots[slot] = Int32(place)
        }
    }

    private func isKey(_ key: UnsafeRawBufferPointer, ofEntry place: Int) -> Bool {
        let (start, length) = (self.entries[place].start, self.entries[place].length)
        guard length == key.count, let address = key.baseAddress else { return false }
        return self.keys.withUnsafeBytes { keys in
            keys.baseAddress.map { memcmp($0 + start, address, length) == 0 } ?? false
        }
    }

    /// Hands each row with its sum to `body`, and whether the sum is too large.
    func forEach(_ body: (CounterRow, Bool) -> Void) {
        self.keys.withUnsafeBytes { keys in
            for entry in self.entries {
                let key = EventBytes.key(
                    UnsafeRawBufferPointer(rebasing: keys[entry.start..<entry.start + entry.length])
                )
                body(CounterRow(key, entry.delta), entry.isOverflown)
            }
        }
    }
}
