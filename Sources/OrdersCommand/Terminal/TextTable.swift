/// Rows in columns, for people: the widest column gives way where the terminal is too narrow.
package struct TextTable: Sendable {
    /// One column.
    package struct Column: Sendable {
        /// On which side cells of different widths begin.
        package enum Alignment: Sendable {
            case left
            case right
        }

        /// The column's heading.
        package let title: String
        /// On which side the column's cells begin.
        package let alignment: Alignment
        /// Whether its cells may be cut; numbers never are, since a cut number is another one.
        package let canShrink: Bool

        /// Text, which may be cut.
        package static func text(_ title: String) -> Column { Column(title: title, alignment: .left, canShrink: true) }
        /// A number, which may not.
        package static func number(_ title: String) -> Column {
            Column(title: title, alignment: .right, canShrink: false)
        }

        /// A date or a code, of which a part would be another one.
        package static func whole(_ title: String) -> Column {
            Column(title: title, alignment: .left, canShrink: false)
        }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    private static let gap = 2
    /// Columns that a shrunk column keeps.
    private static let minimumWidth = 4

    /// A table with these columns and no rows.
    package init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row; foreign text in it is made harmless.
    package mutating func add(_ cells: [String]) {
        self.rows.append(cells.map(TerminalText.escaped))
    }

    /// The lines with their heading, none wider than the terminal unless its numbers alone are.
    package func lines(_ terminal: Terminal) -> [String] {
        let widths = self.widths(terminal.width)
        let heading = self.line(self.columns.map(\.title), widths)
        return [terminal.style(heading, .bold)] + self.rows.map { self.line($0, widths) }
    }

    /// The same in several tables one below the other where the columns behind the first `repeated` ones, which each of them
    /// has, do not fit beside one another.
    package func wrappedLines(_ terminal: Terminal, repeating repeated: Int) -> [String] {
        guard let limit = terminal.width else { return self.lines(terminal) }
        let widths = self.widths(nil)
        let own = widths[..<repeated].reduce(Self.gap * (repeated - 1), +)
        var groups: [[Int]] = []
        var used = limit
        for column in widths.indices[repeated...] {
            let width = Self.gap + widths[column]
            if used + width > limit || groups.isEmpty {
                groups.append([])
                used = own
            }
            groups[groups.count - 1].append(column)
            used += width
        }
        let tables = groups.map { self.selecting(Array(0..<repeated) + $0).lines(terminal) }
        return Array(tables.joined(separator: [""]))
    }

    private func selecting(_ places: [Int]) -> TextTable {
        var table = TextTable(places.map { self.columns[$0] })
        table.rows = self.rows.map { row in places.map { row[$0] } }
        return table
    }

    private func widths(_ limit: Int?) -> [Int] {
        var widths = self.columns.map { TerminalText.width($0.title) }
        for row in self.rows {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], TerminalText.width(cell)) }
        }
        guard let limit else { return widths }
        let gaps = Self.gap * (self.columns.count - 1)
        while widths.reduce(gaps, +) > limit {
            let candidates = widths.indices.filter { self.columns[$0].canShrink && widths[$0] > Self.minimumWidth }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return widths }
            widths[widest] -= 1
        }
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let text = self.columns[index].canShrink ? TerminalText.clipped(cell, to: widths[index]) : cell
            let padding = String(repeating: " ", count: max(0, widths[index] - TerminalText.width(text)))
            if index > 0 { line += String(repeating: " ", count: Self.gap) }
            switch self.columns[index].alignment {
            case .left: line += index == cells.count - 1 ? text : text + padding
            case .right: line += padding + text
            }
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}
