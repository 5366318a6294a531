internal import JSONText

/// A currency's three capital letters, as ISO 4217 writes them.
///
/// Whether the code exists is not checked: new ones appear.
package struct Currency: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// What an order without a currency is in.
    package static let usd = Currency(packed: 0x55_53_44)

    /// Bytes of `text`.
    static let textLength = 3

    /// The letters, one a byte, the first one highest.
    private let packed: UInt32

    private init(packed: UInt32) {
        self.packed = packed
    }

    /// Nil unless it is three letters A to Z, small ones included.
    package init?(_ text: String) {
        guard let currency = text.withUTF8Bytes({ Currency(utf8: $0) }) else { return nil }
        self = currency
    }

    /// As `init(_:)`, of bytes.
    package init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == 3 else { return nil }
        var packed: UInt32 = 0
        for byte in bytes {
            let capital = byte & 0xDF
            guard capital &- UInt8(ascii: "A") <= 25 else { return nil }
            packed = packed << 8 | UInt32(capital)
        }
        self.packed = packed
    }

    package static func < (left: Currency, right: Currency) -> Bool { left.packed < right.packed }

    /// The three letters.
    package var text: String {
        String(decoding: [16, 8, 0].map { UInt8(truncatingIfNeeded: self.packed >> $0) }, as: UTF8.self)
    }

    package var description: String { self.text }
}
