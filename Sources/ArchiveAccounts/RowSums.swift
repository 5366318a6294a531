internal import Glibc
internal import Orders

/// Sums of rows that are found by the bytes of their keys, so that a row's text is made once and not for each event.
struct RowSums {
    private struct Entry {
        let hash: UInt64
        let bytes: [UInt8]
        var delta: CounterDelta
        /// Whether the sum has more digits than DynamoDB stores.
        var isOverflown = false
    }

    private var entries: [Entry] = []
    /// Places of entries by their hashes, open addressing; -1 where there is none.
    ///
    /// Half of them at most are taken.
    private var slots = [Int32](repeating: -1, count: 64)

    /// Adds what an event adds to the row of that key.
    mutating func add(_ delta: CounterDelta, to key: UnsafeRawBufferPointer) {
        let hash = ContentHash.of(key)
        var slot = Int(truncatingIfNeeded: hash) & (self.slots.count - 1)
        while self.slots[slot] >= 0 {
            let place = Int(self.slots[slot])
            if self.entries[place].hash == hash, Self.isSame(self.entries[place].bytes, key) {
                self.add(delta, at: place)
                return
            }
            slot = (slot + 1) & (self.slots.count - 1)
        }
        self.slots[slot] = Int32(self.entries.count)
        self.entries.append(Entry(hash: hash, bytes: Array(key), delta: delta))
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

    private static func isSame(_ bytes: [UInt8], _ key: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count == key.count, let address = key.baseAddress else { return false }
        return bytes.withUnsafeBytes { $0.baseAddress.map { memcmp($0, address, key.count) == 0 } ?? false }
    }

    /// Hands each row with its sum to `body`, and whether the sum is too large.
    func forEach(_ body: (CounterRow, Bool) -> Void) {
        for entry in self.entries {
            let key = entry.bytes.withUnsafeBytes { EventBytes.key($0) }
            body(CounterRow(key, entry.delta), entry.isOverflown)
        }
    }
}
