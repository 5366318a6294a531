internal import CPlainText

/// What a reader knows of the 64 bytes it stands in: which of them are not plain, so that strings end by looking at bits.
///
/// One look at 64 bytes serves all strings in them, and where one ends then no longer waits for bytes to be loaded and
/// compared: with a look of its own for each string, a change in the normal processor took 1.22 times the time, a Kinesis
/// record with its order 1.13 times, although not more instructions.
@usableFromInline
package struct PlainTextWindow {
    /// Where the 64 bytes begin in the text.
    @usableFromInline var start = -64
    /// A bit for each that is not plain, the first byte's lowest; none before the first look.
    @usableFromInline var exceptions: UInt64 = 0

    /// A window that has looked at nothing yet.
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
    ///
    /// A change in the normal processor costs 22.2 thousand instructions; without this look in skipping 25.5, without it in
    /// reading 24.6.
    @inlinable
    @inline(__always)
    mutating func placeOfTaggedMember(
        at start: Int,
        in base: UnsafePointer<UInt8>,
        end: Int
    ) -> (key: Int, end: Int)? {
        guard start < end, base[start] == UInt8(ascii: "\"") else { return nil }
        let key = self.endOfPlainText(from: start &+ 1, in: base, end: end)
        guard key &+ 8 < end else { return nil }
        // `":{"S":"`, with any letter or digit.
        let word = UnsafeRawPointer(base + key).loadUnaligned(as: UInt64.self).littleEndian
        let tag = UInt8(truncatingIfNeeded: word &>> 32)
        guard word & 0xFFFF_FF00_FFFF_FFFF == 0x223A_2200_227B_3A22,
            tag &- 0x30 <= 9 || (tag | 0x20) &- 0x61 <= 25
        else { return nil }
        let text = self.endOfPlainText(from: key &+ 8, in: base, end: end)
        let isEnd = text &+ 1 < end && base[text] == UInt8(ascii: "\"") && base[text &+ 1] == UInt8(ascii: "}")
        return isEnd ? (key, text) : nil
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
