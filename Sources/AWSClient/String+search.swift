internal import Glibc

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

extension [UInt8] {
    /// Whether a text, which must not be empty, occurs: what an answer is looked through with before it is parsed.
    func contains(text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        return self.withUnsafeBytes { bytes in
            guard var candidate = bytes.baseAddress else { return false }
            let end = candidate + bytes.count
            while end - candidate >= count {
                let places = end - candidate - count + 1
                guard let place = memchr(candidate, Int32(text.utf8Start.pointee), places) else { return false }
                if memcmp(place, text.utf8Start, count) == 0 { return true }
                candidate = UnsafeRawPointer(place) + 1
            }
            return false
        }
    }
}
