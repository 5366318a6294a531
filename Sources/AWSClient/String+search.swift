extension String {
    /// Where a text first occurs, byte by byte; nil also for an empty text.
    ///
    /// The standard library's own searches for a text (`contains`, `firstRange`) link its Regex engine: 1 MB of code.
    func firstOccurrence(of text: String) -> Range<String.Index>? {
        let wanted = text.utf8
        guard let first = wanted.first else { return nil }
        var start = self.utf8.startIndex
        while let candidate = self.utf8[start...].firstIndex(of: first) {
            let rest = self.utf8[candidate...]
            if rest.starts(with: wanted) {
                return candidate..<rest.index(candidate, offsetBy: wanted.count)
            }
            start = self.utf8.index(after: candidate)
        }
        return nil
    }
}
