internal import JSONText

/// A currency's three capital letters, as ISO 4217 writes them.
///
/// Nobody checks whether the code exists, since new ones appear.
package struct Currency: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// What an order without a currency is in.
    package static let usd = Currency(packed: 0x55_53_44)

    /// How many bytes `text` has.
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

    /// The alphabetical order.
    package static func < (left: Currency, right: Currency) -> Bool { left.packed < right.packed }

    /// The three letters.
    package var text: String {
        String(decoding: [16, 8, 0].map { UInt8(truncatingIfNeeded: self.packed >> $0) }, as: UTF8.self)
    }

    /// The three letters.
    package var description: String { self.text }
}

extension Currency {
    /// Currencies whose minor unit is not a hundredth, by its fraction digits (ISO 4217, list one, of January 2026).
    ///
    /// A code that is not there has two, as all but these have.
    private static let minorUnits: [(digits: Int, codes: StaticString)] = [
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF "),
        (3, "BHD IQD JOD KWD LYD OMR TND "),
        (4, "CLF UYW "),
    ]

    /// Fraction digits of the smallest unit that is paid in: 0 for yen, 2 for dollars, 3 for Kuwaiti dinars.
    package var minorUnitDigits: Int {
        if self == .usd { return 2 }
        for (digits, codes) in Self.minorUnits {
            for start in stride(from: 0, to: codes.utf8CodeUnitCount, by: Self.textLength + 1) {
                let code = UnsafeBufferPointer(start: codes.utf8Start + start, count: Self.textLength)
                if Currency(utf8: code) == self { return digits }
            }
        }
        return 2
    }
}
