/// Rows of comma-separated values (RFC 4180), safe to open in a spreadsheet.
package enum CSVText {
    /// One row without its line break.
    package static func row(_ fields: [String]) -> String {
        fields.map(self.field).joined(separator: ",")
    }

    /// A field as it is written.
    ///
    /// A spreadsheet takes a text that begins with one of `formulaStarts` for a formula, and a product's id is whatever its
    /// producer chose, so an apostrophe goes in front, as OWASP recommends. Quotes are not enough: a spreadsheet takes them
    /// off first. Where numbers have a decimal comma, it splits a row at `;` instead of `,`, and an import at what its user
    /// says. To it a quote behind a comma is inside a field and holds nothing together, so the apostrophe goes behind each
    /// separator of the field, too.
    package static func field(_ text: String) -> String {
        let text = self.withoutFormulas(text)
        let needsQuotes =
            text.unicodeScalars.contains { $0 == "\"" || self.separators.contains($0) }
            || text.hasPrefix(" ") || text.hasSuffix(" ")
        guard needsQuotes else { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    private static func withoutFormulas(_ text: String) -> String {
        let scalars = text.unicodeScalars
        var result = String.UnicodeScalarView()
        if let first = scalars.first(where: { $0 != " " }),
            self.formulaStarts.contains(first) || self.separatorsThatAreSkipped.contains(first)
        {
            result.append("'")
        }
        for index in scalars.indices {
            result.append(scalars[index])
            guard self.separators.contains(scalars[index]) else { continue }
            // What opens the quotes of a part is not in it.
            let part = scalars[scalars.index(after: index)...].first { $0 != " " && $0 != "\"" }
            if let part, self.formulaStarts.contains(part) { result.append("'") }
        }
        return String(result)
    }

    /// Of formulas, and of their full-width forms, which some spreadsheets fold.
    private static let formulaStarts: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]

    /// Those that some spreadsheets pass over at the beginning of a field, where a formula may follow.
    private static let separatorsThatAreSkipped: Set<Unicode.Scalar> = ["\t", "\r", "\n"]

    /// Between fields and rows, in one locale or another.
    private static let separators: Set<Unicode.Scalar> = [",", ";", "\t", "\r", "\n"]
}
