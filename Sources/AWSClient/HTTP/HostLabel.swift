internal import JSONText

/// What AWS makes part of a host's name: a region, a bucket.
enum HostLabel {
    /// Whether the byte can stand in one: it is a small letter, a digit or a hyphen.
    static func canHold(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte.isASCIIDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }
}
