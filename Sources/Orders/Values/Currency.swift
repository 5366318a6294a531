internal import JSONText

/// A currency's three capital letters, as ISO 4217 writes them.
///
/// Nobody checks whether the code exists, since new ones appear.
package struct Currency: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// What an order without a currency is in.
    package static let usd = Currency(packed: 0x55_53_44)

    /// Beside `usd` what most orders are in.
    private static let eur = Currency(packed: 0x45_55_52)

    /// ISO 4217's code for tests: orders in it are counted as all are, and reports leave them out.
    package static let test = Currency(packed: 0x58_54_53)

    /// How many bytes `text` has.
    static let textLength = 3

    /// The letters, one a byte, the first one highest.
    package let packed: UInt32

    /// The currency of those letters, which were a currency's.
    package init(packed: UInt32) {
        self.packed = packed
    }

    /// Nil unless it is three letters A to Z, small ones included.
    package init?(_ text: String) {
        let letters = text.utf8.span
        guard letters.count == Self.textLength else { return nil }
        var packed: UInt32 = 0
        for index in letters.indices {
            guard letters[index].isASCIILetter else { return nil }
            packed = packed << 8 | UInt32(letters[index] & 0xDF)
        }
        self.packed = packed
    }

    /// The alphabetical order.
    package static func < (left: Currency, right: Currency) -> Bool { left.packed < right.packed }

    /// The three letters.
    package var text: String {
        // Written out: `map` would make an array of the shifts and one of the letters.
        let letters = [
            UInt8(truncatingIfNeeded: self.packed >> 16), UInt8(truncatingIfNeeded: self.packed >> 8),
            UInt8(truncatingIfNeeded: self.packed),
        ]
        return String(decoding: letters, as: UTF8.self)
    }

    /// The three letters.
    package var description: String { self.text }
}

extension Currency {
    /// Fraction digits of the smallest unit that is paid in (ISO 4217, list one, of January 2026): 0 for yen, 2 for dollars, 3
    /// for Kuwaiti dinars.
    package var minorUnitDigits: Int {
        if self == .usd || self == .eur { return 2 }
        switch self.text {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
            "XOF", "XPF":
            return 0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": return 3
        case "CLF", "UYW": return 4
        default: return 2
        }
    }
}

extension Currency {
    /// The codes of ISO 4217, list one, of January 2026, and two that went out of use in 2025 and 2026: ANG and BGN.
    private static let codes = """
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN \
        BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP \
        GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF \
        KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR \
        MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK \
        SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU \
        UYW UZS VED VES VND VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD XPF XPT XSU XTS XUA \
        XXX YER ZAR ZMW ZWG
        """

    /// Whether ISO 4217 has the code.
    ///
    /// For what must not have more kinds than that, as the dimensions of a metric, each of which is billed. An order may be in
    /// any currency.
    package var isListed: Bool {
        var code: UInt32 = 0
        for byte in Self.codes.utf8 {
            if byte != UInt8(ascii: " ") {
                code = code << 8 | UInt32(byte)
            } else if code == self.packed {
                return true
            } else {
                code = 0
            }
        }
        return code == self.packed
    }
}
