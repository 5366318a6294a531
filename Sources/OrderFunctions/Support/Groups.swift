extension RandomAccessCollection where Self: Sendable, SubSequence: Sendable, Index == Int {
    /// The elements in order, in as few slices of at most `size` as there can be, whose sizes differ by at most one.
    func evenChunks(ofAtMost size: Int) -> [SubSequence] {
        let count = (self.count + size - 1) / size
        return (0..<count).map { chunk in
            self[self.startIndex + self.count * chunk / count..<self.startIndex + self.count * (chunk + 1) / count]
        }
    }
}

extension Sequence {
    /// The elements of each key in their order, the keys in the order of their first elements.
    func grouped<Key: Hashable>(by key: (Element) -> Key) -> [[Element]] {
        var groups: [[Element]] = []
        var places: [Key: Int] = [:]
        for element in self {
            let place = places.place(of: key(element), or: groups.count)
            if place == groups.count { groups.append([]) }
            groups[place].append(element)
        }
        return groups
    }
}

extension Dictionary where Value == Int {
    /// The place of a key, which is `new` from now on where it had none; looked up once.
    mutating func place(of key: Key, or new: Int) -> Int {
        func read(_ place: inout Int) -> Int { place }
        return read(&self[key, default: new])
    }
}
