import Foundation
import Testing

/// The tables of docs/formats.md, which say what producers may send.
struct FormatTables: Sendable {
    struct Member: Sendable, CustomTestStringConvertible {
        let path: String
        let shape: String
        let kind: String
        let isRequired: Bool

        var testDescription: String { "\(self.path) of the \(self.shape)" }

        /// The kinds whose spellings it is tried with.
        var kinds: [String] {
            switch self.kind {
            // An instant that nobody counts as zoneless.
            case "UTC instant": ["instant"]
            // An id that is not the nil UUID.
            case "order id": ["id", "order id"]
            default: [self.kind]
            }
        }
    }

    struct Spelling: Sendable, CustomTestStringConvertible {
        let kind: String
        /// JSON.
        let sent: String
        /// `value`, or a sentence.
        let reading: String

        var testDescription: String { "\(self.kind) \(self.sent)" }

        /// What stands in the first backticks.
        var value: String? {
            self.reading.hasPrefix("`") ? self.reading.split(separator: "`").first.map(String.init) : nil
        }

        /// What the refusal's reason holds.
        var refusal: String? {
            self.reading.hasPrefix("refused: ") ? String(self.reading.dropFirst("refused: ".count)) : nil
        }
    }

    let members: [Member]
    let spellings: [Spelling]

    static let shared = FormatTables()

    private init() {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let text = (try? String(contentsOf: root.appending(path: "docs/formats.md"), encoding: .utf8)) ?? ""
        self.members = Self.rows(of: "member", in: text).map { cells in
            Member(
                path: cells[0].trimmingCharacters(in: ["`"]),
                shape: cells[1],
                kind: cells[2],
                isRequired: cells[3].hasPrefix("yes")
            )
        }
        self.spellings = Self.rows(of: "kind", in: text).map { cells in
            Spelling(kind: cells[0], sent: String(cells[1].dropFirst().dropLast()), reading: cells[2])
        }
    }

    /// The cells of the table whose first column has that name.
    private static func rows(of column: String, in text: String) -> [[String]] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0.hasPrefix("| \(column) |") }) else { return [] }
        return lines[(start + 2)...].prefix { $0.hasPrefix("| ") }.map { line in
            line.dropFirst(2).dropLast(2).components(separatedBy: " | ")
        }
    }
}
