/// Numbers for strings of one text, as `Dictionary<String, Int>` keeps them, without building a `String`.
///
/// Valid only inside the closure of `JSONReader.read`. A few strings are compared with one another, many are hashed, and
/// strings that are asked for in the order in which they were added are found at the first look.
public struct JSONStringMap: ~Copyable {
    private struct Entry {
        let key: JSONString
        /// The same for the same keys, and mostly another one for others.
        let fingerprint: UInt64
        var value: Int
    }

    // Memory of its own, since an array looks at each access whether it is shared (docs/performance.md).
    private var entries: UnsafeMutablePointer<Entry>
    private var capacity: Int
    private var count = 0
    /// Behind the entry that was found last.
    private var expected = 0
    /// For each hash, or the next free place behind it, where in `entries` the key stands; -1 for none.
    ///
    /// Empty as long as there are few; then a power of two, more than twice as many as there are entries.
    private var places = UnsafeMutableBufferPointer<Int32>(start: nil, count: 0)

    /// Up to this many strings, comparing is faster than hashing.
    private static var few: Int { 64 }

    /// A map of no strings, with room for `capacity`.
    public init(reservingCapacity capacity: Int = 0) {
        self.capacity = max(capacity, 4)
        self.entries = .allocate(capacity: self.capacity)
    }

    deinit {
        self.entries.deallocate()
        self.places.deallocate()
    }

    /// Gives `key` the value, and returns the value that it had; nil where it had none.
    @discardableResult
    public mutating func updateValue(_ value: Int, forKey key: JSONString) -> Int? {
        let entry = Entry(key: key, fingerprint: key.fingerprint, value: value)
        if self.expected < self.count, self.isEntry(self.expected, entry) { return self.exchange(self.expected, entry) }
        guard self.places.isEmpty else { return self.updateHashed(entry) }
        for index in 0..<self.count where self.isEntry(index, entry) { return self.exchange(index, entry) }
        self.append(entry)
        if self.count > Self.few { self.hashAll() }
        return nil
    }

    private mutating func updateHashed(_ entry: Entry) -> Int? {
        let place = self.place(of: entry)
        let index = Int(self.places[place])
        guard index < 0 else { return self.exchange(index, entry) }
        self.places[place] = Int32(self.count)
        self.append(entry)
        if self.count * 2 > self.places.count { self.hashAll() }
        return nil
    }

    @inline(__always)
    private func isEntry(_ index: Int, _ entry: Entry) -> Bool {
        self.entries[index].fingerprint == entry.fingerprint && self.entries[index].key.hasBytes(of: entry.key)
    }

    @inline(__always)
    private mutating func exchange(_ index: Int, _ entry: Entry) -> Int {
        self.expected = index + 1
        let before = self.entries[index].value
        self.entries[index].value = entry.value
        return before
    }

    @inline(__always)
    private mutating func append(_ entry: Entry) {
        if self.count == self.capacity { self.grow() }
        (self.entries + self.count).initialize(to: entry)
        self.count += 1
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Entry>.allocate(capacity: self.capacity * 2)
        larger.moveInitialize(from: self.entries, count: self.count)
        self.entries.deallocate()
        self.entries = larger
        self.capacity *= 2
    }

    /// Where in `places` the entry stands, or would stand.
    ///
    /// The hash is Swift's, with a seed of the process, so that nobody can choose ids that meet in one place.
    private func place(of entry: Entry) -> Int {
        var hasher = Hasher()
        entry.key.withDecoded { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        let mask = self.places.count - 1
        var place = hasher.finalize() & mask
        while self.places[place] >= 0, !self.isEntry(Int(self.places[place]), entry) { place = (place + 1) & mask }
        return place
    }

    private mutating func hashAll() {
        self.places.deallocate()
        var count = 4 * Self.few
        while count < 2 * max(self.capacity, self.count + 1) { count *= 2 }
        self.places = .allocate(capacity: count)
        self.places.initialize(repeating: -1)
        for index in 0..<self.count { self.places[self.place(of: self.entries[index])] = Int32(index) }
    }
}

extension JSONString {
    @inline(__always)
    fileprivate var fingerprint: UInt64 {
        self.hasEscapes
            ? self.utf8.withUnsafeBufferPointer { Self.fingerprint(of: $0) } : Self.fingerprint(of: self.raw)
    }

    /// The last eight bytes of the value and their number, in which names that are counted differ.
    @inline(__always)
    private static func fingerprint(of bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        guard bytes.count >= 8, let base = bytes.baseAddress else {
            return bytes.reduce(UInt64(bytes.count)) { $0 << 8 | UInt64($1) }
        }
        let last = UnsafeRawPointer(base).loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
        return last &+ UInt64(bytes.count)
    }
}
