/// RFC 4648 base64 with padding, as Kinesis data and dead letters carry it.
///
/// Strict: no white space, no URL alphabet, padding only at the end, no stray bits behind the last byte.
public enum Base64 {
    /// The bytes, or nil where the text is not base64: a foreign character, a wrong length or padding, stray bits.
    @inlinable
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        return self.decode(text, into: &bytes) ? bytes : nil
    }

    /// Replaces a buffer's content, keeping its memory, so that one buffer serves many records.
    ///
    /// False where the text is not base64; the buffer is empty then.
    @inlinable
    public static func decode(_ text: some Collection<UInt8>, into bytes: inout [UInt8]) -> Bool {
        if let isBase64 = text.withContiguousStorageIfAvailable({ self.decode(buffer: $0, into: &bytes) }) {
            return isBase64
        }
        return Array(text).withUnsafeBufferPointer { self.decode(buffer: $0, into: &bytes) }
    }

    /// The text, padded to a multiple of four characters.
    @inlinable
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        if let text = bytes.withContiguousStorageIfAvailable({ self.encode(buffer: $0) }) { return text }
        return Array(bytes).withUnsafeBufferPointer { self.encode(buffer: $0) }
    }

    @usableFromInline
    static func decode(buffer text: UnsafeBufferPointer<UInt8>, into bytes: inout [UInt8]) -> Bool {
        let capacity = text.count / 4 * 3
        if bytes.count > capacity {
            bytes.removeLast(bytes.count - capacity)
        } else {
            bytes.append(contentsOf: repeatElement(0, count: capacity - bytes.count))
        }
        let count = bytes.withUnsafeMutableBufferPointer { self.decode(text, to: $0) }
        bytes.removeLast(capacity - (count ?? 0))
        return count != nil
    }

    /// Writes the bytes to `output`, which has three for each four characters, and gives their number.
    ///
    /// Four tables, one for each place in a quartet, hold a character's six bits where they belong, so that a quartet
    /// costs four loads and no branch. A foreign character sets the bits above the 24, which are looked at once, behind the
    /// loop.
    private static func decode(
        _ text: UnsafeBufferPointer<UInt8>,
        to output: UnsafeMutableBufferPointer<UInt8>
    ) -> Int? {
        guard text.count.isMultiple(of: 4) else { return nil }
        guard let input = text.baseAddress, let output = output.baseAddress, text.count > 0 else { return 0 }
        return self.quartets.withUnsafeBufferPointer { tables in
            guard let table = tables.baseAddress else { return nil }
            let last = text.count - 4
            let target = UnsafeMutableRawPointer(output)
            var foreign: UInt32 = 0
            var source = 0
            var written = 0
            while source < last {
                let bits =
                    table[Int(input[source])] | table[256 &+ Int(input[source &+ 1])]
                    | table[512 &+ Int(input[source &+ 2])] | table[768 &+ Int(input[source &+ 3])]
                foreign |= bits
                // Four bytes are written where three count: the next quartet, and there is one, overwrites the fourth.
                target.storeBytes(of: (bits &<< 8).bigEndian, toByteOffset: written, as: UInt32.self)
                source &+= 4
                written &+= 3
            }
            let padding = input[last + 3] != UInt8(ascii: "=") ? 0 : input[last + 2] != UInt8(ascii: "=") ? 1 : 2
            var bits = table[Int(input[last])] | table[256 + Int(input[last + 1])]
            if padding < 2 { bits |= table[512 + Int(input[last + 2])] }
            if padding < 1 { bits |= table[768 + Int(input[last + 3])] }
            foreign |= bits
            let stray: UInt32 = padding == 0 ? 0 : padding == 1 ? 0xFF : 0xFFFF
            guard foreign <= 0xFF_FFFF, bits & stray == 0 else { return nil }
            for index in 0..<3 - padding {
                output[written + index] = UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * index))
            }
            return written + 3 - padding
        }
    }

    @usableFromInline
    static func encode(buffer bytes: UnsafeBufferPointer<UInt8>) -> String {
        let count = (bytes.count + 2) / 3 * 4
        return String(unsafeUninitializedCapacity: count) { output in
            self.alphabet.withUTF8Buffer { alphabet in
                var written = 0
                var source = 0
                while source < bytes.count {
                    let left = bytes.count - source
                    var bits = UInt32(bytes[source]) << 16
                    if left > 1 { bits |= UInt32(bytes[source + 1]) << 8 }
                    if left > 2 { bits |= UInt32(bytes[source + 2]) }
                    output[written] = alphabet[Int(bits >> 18)]
                    output[written + 1] = alphabet[Int(bits >> 12 & 0x3F)]
                    output[written + 2] = left > 1 ? alphabet[Int(bits >> 6 & 0x3F)] : UInt8(ascii: "=")
                    output[written + 3] = left > 2 ? alphabet[Int(bits & 0x3F)] : UInt8(ascii: "=")
                    source += 3
                    written += 4
                }
            }
            return count
        }
    }

    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    /// 256 entries for each of the four places: the character's bits in place, or all bits for a foreign character.
    private static let quartets: [UInt32] = {
        var table = [UInt32](repeating: .max, count: 1_024)
        Base64.alphabet.withUTF8Buffer { alphabet in
            for (value, character) in alphabet.enumerated() {
                for place in 0..<4 {
                    table[place * 256 + Int(character)] = UInt32(value) << UInt32(18 - 6 * place)
                }
            }
        }
        return table
    }()
}
