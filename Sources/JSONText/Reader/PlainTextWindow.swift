internal import CPlainText

/// What a reader knows of the 64 bytes it stands in: which of them are not plain, so that strings end by looking at bits.
///
/// One look at 64 bytes serves all strings in them, and finding a string's end then does not wait for bytes to be loaded and
/// compared (docs/performance.md).
@usableFromInline
package struct PlainTextWindow {
    /// Where the 64 bytes begin in the text.
    @usableFromInline var start = -64
    /// A bit for each that is not plain, the first byte's lowest; none before the first look.
    @usableFromInline var exceptions: UInt64 = 0

    /// A window that has not looked at anything yet.
    @inlinable
    package init() {}

    /// The index of the first byte from `index` on that is not plain, or `end`.
    @inlinable
    @inline(__always)
    package mutating func endOfPlainText(from index: Int, in base: UnsafePointer<UInt8>, end: Int) -> Int {
        let offset = UInt(bitPattern: index &- self.start)
        if offset < 64 {
            let rest = self.exceptions &>> UInt64(offset)
            if rest != 0 { return index &+ rest.trailingZeroBitCount }
        }
        return self.endOfPlainTextBeyond(index, in: base, end: end)
    }

    /// Where in `"status":{"S":"pending"}`, which begins at `start`, the closing quotes of the key and of the text stand; nil
    /// where something else stands, even if it is the same with white space, escapes or text beyond ASCII.
    @inlinable
    @inline(__always)
    mutating func placeOfTaggedMember(
        at start: Int,
        in base: UnsafePointer<UInt8>,
        end: Int
    ) -> (key: Int, end: Int)? {
        guard start < end, base[start] == UInt8(ascii: "\"") else { return nil }
        let key = self.endOfPlainText(from: start &+ 1, in: base, end: end)
        guard key &+ 1 < end, base[key] == UInt8(ascii: "\""), base[key &+ 1] == UInt8(ascii: ":"),
            let text = self.endOfTaggedString(at: key &+ 2, in: base, end: end)
        else { return nil }
        return (key, text)
    }

    /// Where in `{"S":"pending"}`, which begins at `start`, the closing quote of the text stands; nil where something else
    /// stands, as `placeOfTaggedMember` has it.
    @inlinable
    @inline(__always)
    mutating func endOfTaggedString(at start: Int, in base: UnsafePointer<UInt8>, end: Int) -> Int? {
        guard start &+ 8 <= end else { return nil }
        // `{"S":"`, with any letter or digit.
        let word = UnsafeRawPointer(base + start).loadUnaligned(as: UInt64.self).littleEndian
        let tag = UInt8(truncatingIfNeeded: word &>> 16)
        guard word & 0xFFFF_FF00_FFFF == 0x223A_2200_227B, tag &- 0x30 <= 9 || (tag | 0x20) &- 0x61 <= 25 else {
            return nil
        }
        let text = self.endOfPlainText(from: start &+ 6, in: base, end: end)
        let isEnd = text &+ 1 < end && base[text] == UInt8(ascii: "\"") && base[text &+ 1] == UInt8(ascii: "}")
        return isEnd ? text : nil
    }

    /// Moves to the 64 bytes that hold what is looked for.
    ///
    /// Mostly the next ones: their place does not depend on `index`, so that a processor can look at them ahead.
    @usableFromInline
    @inline(never)
    mutating func endOfPlainTextBeyond(_ index: Int, in base: UnsafePointer<UInt8>, end: Int) -> Int {
        let next = self.start &+ 64
        if UInt(bitPattern: index &- self.start) < 128, next &+ 64 <= end {
            self.start = next
            self.exceptions = plain_text_mask(base + next)
            let from = max(index, next)
            let rest = self.exceptions &>> UInt64(from &- next)
            if rest != 0 { return from &+ rest.trailingZeroBitCount }
        }
        return self.endOfPlainTextElsewhere(index, in: base, end: end)
    }

    @inline(never)
    private mutating func endOfPlainTextElsewhere(_ index: Int, in base: UnsafePointer<UInt8>, end: Int) -> Int {
        // The last 64 bytes overlap those before them; a shorter text is looked at without a window.
        guard end >= 64 else { return plain_text_end(base, index, end) }
        var index = index
        while index < end {
            self.start = min(index & ~63, end &- 64)
            self.exceptions = plain_text_mask(base + self.start)
            let rest = self.exceptions &>> UInt64(index &- self.start)
            if rest != 0 { return index &+ rest.trailingZeroBitCount }
            index = self.start &+ 64
        }
        return end
    }
}
