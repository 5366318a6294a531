extension RandomAccessCollection where Self: Sendable, SubSequence: Sendable, Index == Int {
    /// The elements in order, in as few slices of at most `size` as there can be, whose sizes differ by at most one.
    func evenChunks(ofAtMost size: Int) -> [SubSequence] {
        let count = (self.count + size - 1) / size
        return (0..<count).map { chunk in
            self[self.startIndex + self.count * chunk / count..<self.startIndex + self.count * (chunk + 1) / count]
        }
    }
}
