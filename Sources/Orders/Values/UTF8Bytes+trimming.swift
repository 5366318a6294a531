extension UnsafeBufferPointer<UInt8> {
    /// Without white space of ASCII at both ends.
    var trimmed: UnsafeBufferPointer<UInt8> {
        var bytes = self[...]
        while let last = bytes.last, last.isASCIIWhiteSpace { bytes.removeLast() }
        return UnsafeBufferPointer(rebasing: bytes.drop { $0.isASCIIWhiteSpace })
    }

    /// Whether there is at least one byte, and each is a decimal digit.
    var isDigits: Bool { !self.isEmpty && self.allSatisfy(\.isASCIIDigit) }
}

extension UInt8 {
    /// Space, tab and line breaks.
    var isASCIIWhiteSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }

    var isASCIIDigit: Bool { self &- UInt8(ascii: "0") <= 9 }

    /// A capital letter's small one; any other byte as it is.
    var asciiLowercased: UInt8 { self &- UInt8(ascii: "A") <= 25 ? self | 0x20 : self }
}
