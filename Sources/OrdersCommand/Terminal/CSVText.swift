/// Rows of comma-separated values (RFC 4180), safe to open in a spreadsheet.
package enum CSVText {
    /// One row without its line break.
    package static func row(_ fields: [String]) -> String {
        fields.map(self.field).joined(separator: ",")
    }

    /// A field as it is written.
    ///
    /// A spreadsheet takes a text that begins with one of these for a formula, and a product's id is whatever its producer
    /// chose, so an apostrophe goes in front, as OWASP recommends. Quotes are not enough: a spreadsheet takes them off first.
    package static func field(_ text: String) -> String {
        var text = text
        if let first = text.unicodeScalars.first(where: { $0 != " " }), self.formulaStarts.contains(first) {
            text = "'" + text
        }
        let needsQuotes =
            text.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\r" || $0 == "\n" }
            || text.hasPrefix(" ") || text.hasSuffix(" ")
        guard needsQuotes else { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    /// Of formulas, and of their full-width forms, which some spreadsheets fold.
    private static let formulaStarts: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]
}
