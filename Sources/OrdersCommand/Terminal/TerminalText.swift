internal import LambdaRuntime

/// Foreign text for a terminal: nothing in it is obeyed, and its width in columns is known.
package enum TerminalText {
    /// The text with everything that a terminal would obey or hide as a `\u{…}` escape: controls, line separators,
    /// characters that turn the direction of text, and those that have no glyph.
    package static func escaped(_ text: String) -> String { self.escaped(text, keeping: []) }

    /// The same of lines of ours, which may hold foreign text: their ends stay, and the tabs between columns.
    package static func escapedLines(_ text: String) -> String { self.escaped(text, keeping: ["\n", "\t"]) }

    private static func escaped(_ text: String, keeping kept: Set<Unicode.Scalar>) -> String {
        func isObeyed(_ scalar: Unicode.Scalar) -> Bool { self.isUnsafe(scalar) && !kept.contains(scalar) }
        guard text.unicodeScalars.contains(where: isObeyed) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isObeyed(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The same without e-mail addresses and numbers of cards and accounts, which are masked as in logs.
    package static func masked(_ text: String) -> String {
        self.escaped(PersonalData.masked(text))
    }

    /// A line for each text, indented and behind `what` it is, and one that says how many more than `maximum` there are.
    package static func list(_ texts: [String], as what: String = "", maximum: Int) -> [String] {
        let named = texts.prefix(maximum).map { "  " + what + self.escaped($0) }
        return texts.count > maximum ? named + ["  and \(texts.count - maximum) more"] : named
    }

    /// Columns that a text without controls takes: two for wide characters of East Asia and emoji, none for marks that
    /// stand on another character.
    package static func width(_ text: String) -> Int {
        text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.unicodeScalars.reduce(0) { $0 + self.width($1) }
    }

    /// The text in at most `width` columns, with `…` where it was cut.
    package static func clipped(_ text: String, to width: Int) -> String {
        guard self.width(text) > width else { return text }
        var result = String.UnicodeScalarView()
        var columns = 0
        for scalar in text.unicodeScalars {
            columns += self.width(scalar)
            if columns > width - 1 { break }
            result.append(scalar)
        }
        return width < 1 ? "" : String(result) + "…"
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: 0
        default: self.wideRanges.contains { $0.contains(scalar.value) } ? 2 : 1
        }
    }

    /// Unicode's East Asian width W and F (UAX 11): scripts and pictographs in whole blocks, and of the blocks of symbols,
    /// where most take one column, those that take two.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x23F0...0x23F0, 0x23F3...0x23F3,
        0x25FD...0x25FE, 0x2614...0x2615, 0x2630...0x2637, 0x2648...0x2653, 0x267F...0x267F, 0x268A...0x268F,
        0x2693...0x2693, 0x26A1...0x26A1, 0x26AA...0x26AB, 0x26BD...0x26BE, 0x26C4...0x26C5, 0x26CE...0x26CE,
        0x26D4...0x26D4, 0x26EA...0x26EA, 0x26F2...0x26F3, 0x26F5...0x26F5, 0x26FA...0x26FA, 0x26FD...0x26FD,
        0x2705...0x2705, 0x270A...0x270B, 0x2728...0x2728, 0x274C...0x274C, 0x274E...0x274E, 0x2753...0x2755,
        0x2757...0x2757, 0x2795...0x2797, 0x27B0...0x27B0, 0x27BF...0x27BF, 0x2B1B...0x2B1C, 0x2B50...0x2B50,
        0x2B55...0x2B55, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
        0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18D1E, 0x1AFF0...0x1B2FB,
        0x1F004...0x1F004, 0x1F0CF...0x1F0CF, 0x1F18E...0x1F18E, 0x1F191...0x1F19A, 0x1F200...0x1F265,
        0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F7E0...0x1F7EB, 0x1F7F0...0x1F7F0, 0x1F900...0x1FAFF,
        0x20000...0x3FFFD,
    ]
}
