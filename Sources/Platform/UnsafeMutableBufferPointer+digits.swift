extension UnsafeMutableBufferPointer<UInt8> {
    /// Puts `number`, which is not negative and has no more digits than the range, with zeros in front.
    ///
    /// For texts of a fixed form, such as timestamps, which are written over a pattern instead of piece by piece.
    package func set(digits number: Int, _ range: Range<Int>) {
        var rest = number
        for index in range.reversed() {
            self[index] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
            rest /= 10
        }
    }
}
