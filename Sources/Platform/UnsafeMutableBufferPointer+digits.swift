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

    /// Puts the digits of `time` over the beginning `0000-00-00T00:00:00`.
    package func set(digitsOf time: CivilTime) {
        self.set(digits: time.year, 0..<4)
        self.set(digits: time.month, 5..<7)
        self.set(digits: time.day, 8..<10)
        self.set(digits: time.hour, 11..<13)
        self.set(digits: time.minute, 14..<16)
        self.set(digits: time.second, 17..<19)
    }
}
