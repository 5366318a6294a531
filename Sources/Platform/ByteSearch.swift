extension Array<UInt8> {
    /// Where `pattern` first stands, at or behind `start`.
    ///
    /// The standard library's own searches come with the regular expression engine, 2 MB of a static executable.
    package func firstRange(ofBytes pattern: some Collection<UInt8>, from start: Int = 0) -> Range<Int>? {
        guard !pattern.isEmpty, self.count - start >= pattern.count else { return nil }
        for offset in start...(self.count - pattern.count) where self[offset...].starts(with: pattern) {
            return offset..<offset + pattern.count
        }
        return nil
    }
}
