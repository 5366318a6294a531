internal import JSONText

/// Takes the numbers of payment cards and bank accounts out: a card's becomes `***1111`, an IBAN `DE***`.
///
/// Both have check digits. An IBAN's two tell nearly every other text from it. A card's one tells nine in ten of the numbers
/// that are as long and begin alike, so that one in ten of such ids is masked, whether it is an order's or a request's.
/// Shorter numbers, UUIDs and event ids of 32 hexadecimal digits stay readable.
enum AccountNumberMask {
    /// Older numbers of Visa have 13 digits.
    static let fewestCardDigits = 13
    /// The most digits that ISO/IEC 7812 allows.
    private static let mostCardDigits = 19
    /// A card's last digits, which PCI DSS allows to be shown.
    private static let shownDigits = 4

    /// Whether an IBAN could begin in `text`: with two letters and two digits, and enough behind them.
    static func mayHoldIBAN(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count >= self.shortestIBAN else { return false }
        for start in 0...text.count - self.shortestIBAN where self.isIBANStart(text, start) { return true }
        return false
    }

    /// nil: there is nothing to mask.
    static func masked(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var result: [UInt8]?
        var copied = 0
        var index = 0
        while index < text.count {
            let end: Int
            let shown: Range<Int>
            let isCountry: Bool
            if let end = self.hexadecimalIDEnd(in: text, from: index) {
                index = end
                continue
            }
            // Most bytes begin neither.
            guard self.isCardStart(text[index]) || text[index].isASCIILetter else {
                index += 1
                continue
            }
            if let found = self.cardEnd(in: text, from: index) {
                (end, shown, isCountry) = (found, found - self.shownDigits..<found, false)
            } else if let found = self.ibanEnd(in: text, from: index) {
                (end, shown, isCountry) = (found, index..<index + 2, true)
            } else {
                index += 1
                continue
            }
            result = result ?? []
            result?.append(contentsOf: text[copied..<index])
            if isCountry { result?.append(contentsOf: text[shown]) }
            result?.append(contentsOf: "***".utf8)
            if !isCountry { result?.append(contentsOf: text[shown]) }
            index = end
            copied = end
        }
        result?.append(contentsOf: text[copied...])
        return result
    }

    // MARK: - Ids

    /// Eight characters of an id: where they begin, and in which bytes hyphens stand.
    private typealias Part = (start: Int, hyphens: UInt64)
    /// What covers a UUID's text, which is 8, 4, 4, 4 and 12 digits; the last two overlap.
    private static let uuidParts: [Part] = [
        (0, 0), (8, 0x0000_FF00_0000_00FF), (16, 0xFF00_0000_00FF_0000), (24, 0), (28, 0),
    ]
    /// What covers the 32 digits of a stream's event id.
    private static let eventIDParts: [Part] = [(0, 0), (8, 0), (16, 0), (24, 0)]

    /// The end of the UUID, or of the 32 hexadecimal digits of a stream's event id, that is a whole word here; nil if
    /// there is none.
    ///
    /// One in a thousand of them holds what looks like an IBAN of Germany, Belgium, Estonia or another country whose letters
    /// are hexadecimal digits, and a line must be found by its id. No card or bank writes its numbers in these forms. A line may
    /// have a thousand ids, so that eight characters are looked at together.
    private static func hexadecimalIDEnd(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard start == 0 || !self.isAlphanumeric(text[start - 1]) else { return nil }
        let length: Int
        if self.has(self.uuidParts, text, start) {
            length = 36
        } else if self.has(self.eventIDParts, text, start) {
            length = 32
        } else {
            return nil
        }
        let end = start + length
        return end == text.count || !self.isAlphanumeric(text[end]) ? end : nil
    }

    private static func has(_ parts: [Part], _ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Bool {
        for part in parts {
            guard start + part.start + 8 <= text.count else { return false }
            let bytes = UnsafeRawBufferPointer(text)
            let eight = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start + part.start, as: UInt64.self))
            let hyphens = self.each(UInt8(ascii: "-")) & part.hyphens
            // Digits in the place of hyphens, so that all eight can be told together.
            let digits = eight & ~part.hyphens | self.each(UInt8(ascii: "0")) & part.hyphens
            guard eight & part.hyphens == hyphens, self.areHexadecimalDigits(digits) else { return false }
        }
        return true
    }

    /// Whether eight characters are hexadecimal digits.
    private static func areHexadecimalDigits(_ eight: UInt64) -> Bool {
        let high = self.each(0x80)
        // The high bit of each byte that is at least `least`, of bytes below 0x80.
        func atLeast(_ least: UInt8, _ bytes: UInt64) -> UInt64 { ((bytes | high) &- self.each(least)) & high }
        let lowercase = eight | self.each(0x20)
        let digits = atLeast(UInt8(ascii: "0"), eight) & ~atLeast(UInt8(ascii: "9") + 1, eight)
        let letters = atLeast(UInt8(ascii: "a"), lowercase) & ~atLeast(UInt8(ascii: "f") + 1, lowercase)
        return eight & high == 0 && digits | letters == high
    }

    /// A byte eight times.
    private static func each(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte.isASCIIDigit || byte.isASCIILetter
    }

    // MARK: - Cards

    /// The end of the card number that starts here; nil if none does.
    ///
    /// It is a run of digits, or groups of them with a separator in between. Groups within letters are parts of an id, as
    /// of a UUID.
    private static func cardEnd(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard self.isCardStart(text[start]), start == 0 || !text[start - 1].isASCIIDigit else { return nil }
        var digits = 0
        // Luhn's sums, for an even and for an odd number of digits.
        var (even, odd) = (0, 0)
        var index = start
        var isGrouped = false
        var found: Int?
        while index < text.count {
            if text[index].isASCIIDigit {
                digits += 1
                guard digits <= self.mostCardDigits else { break }
                let value = Int(text[index] - 0x30)
                let doubled = value < 5 ? value * 2 : value * 2 - 9
                (even, odd) = digits % 2 == 1 ? (even + doubled, odd + value) : (even + value, odd + doubled)
                index += 1
                let isEnd = index == text.count || !text[index].isASCIIDigit
                let isCheckDigitRight = (digits % 2 == 0 ? even : odd) % 10 == 0
                if isEnd, isCheckDigitRight, self.isCard(digits, text[start]),
                    !isGrouped || (self.isNoLetter(text, start - 1) && self.isNoLetter(text, index))
                {
                    found = index
                }
            } else if let separator = self.separator(in: text, at: index), index + separator < text.count,
                text[index + separator].isASCIIDigit
            {
                index += separator
                isGrouped = true
            } else {
                break
            }
        }
        return found
    }

    /// Banks' and airlines' numbers begin with 2 to 6; those of 13 digits are Visa's.
    private static func isCard(_ digits: Int, _ first: UInt8) -> Bool {
        (self.fewestCardDigits...self.mostCardDigits).contains(digits) && (digits > 13 || first == UInt8(ascii: "4"))
    }

    private static func isCardStart(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "2")...UInt8(ascii: "6")).contains(byte)
    }

    // MARK: - IBANs

    /// Characters of Norway's.
    private static let shortestIBAN = 15

    /// Country and length of each IBAN: SWIFT's registry, release 99.
    private static let countries: StaticString = """
        AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22\
        GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20\
        MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26\
        UA29VA22VG24XK20YE30
        """

    /// The end of the IBAN that starts here; nil if none does.
    private static func ibanEnd(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard start + self.shortestIBAN <= text.count, self.isIBANStart(text, start),
            let length = self.length(text[start] & ~0x20, text[start + 1] & ~0x20)
        else { return nil }
        // Country and check digits count last: ISO 7064, mod 97-10.
        var (head, rest) = (0, 0)
        var count = 0
        var index = start
        while count < length {
            guard index < text.count else { return nil }
            let byte = text[index]
            guard byte.isASCIIDigit || byte.isASCIILetter else {
                guard count > 3, let separator = self.separator(in: text, at: index) else { return nil }
                index += separator
                continue
            }
            let value = byte.isASCIIDigit ? Int(byte - 0x30) : Int(byte & ~0x20) - 55
            if count < 4 {
                head = head * (value > 9 ? 100 : 10) + value
            } else {
                rest = (rest * (value > 9 ? 100 : 10) + value) % 97
            }
            count += 1
            index += 1
        }
        return (rest * 1_000_000 + head) % 97 == 1 ? index : nil
    }

    /// Country and check digits; rare enough in ids that most places are done with by it.
    private static func isIBANStart(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Bool {
        text[start + 2].isASCIIDigit && text[start + 3].isASCIIDigit && text[start + 1].isASCIILetter
            && text[start].isASCIILetter
    }

    private static func length(_ first: UInt8, _ second: UInt8) -> Int? {
        let entries = UnsafeBufferPointer(start: self.countries.utf8Start, count: self.countries.utf8CodeUnitCount)
        for entry in stride(from: 0, to: entries.count, by: 4) where entries[entry] == first {
            guard entries[entry + 1] == second else { continue }
            return Int(entries[entry + 2] - 0x30) * 10 + Int(entries[entry + 3] - 0x30)
        }
        return nil
    }

    // MARK: - Characters

    /// The length of what people write between groups: a space, a hyphen, a plus for a space, `%20`, U+00A0, U+2010 to
    /// U+2013 (hyphens and dashes).
    private static func separator(in text: UnsafeBufferPointer<UInt8>, at index: Int) -> Int? {
        let left = text.count - index
        switch text[index] {
        case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "+"): return 1
        case UInt8(ascii: "%") where left > 2 && text[index + 1] == 0x32 && text[index + 2] == 0x30: return 3
        case 0xC2 where left > 1 && text[index + 1] == 0xA0: return 2
        case 0xE2 where left > 2 && text[index + 1] == 0x80 && (0x90...0x93).contains(text[index + 2]): return 3
        default: return nil
        }
    }

    private static func isNoLetter(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
        !text.indices.contains(index) || !text[index].isASCIILetter
    }
}
