internal import Foundation

/// What is known of the place that a command writes its results to.
package struct Terminal: Sendable, Equatable {
    /// Columns; nil where lines may be of any length, as in a file.
    package let width: Int?
    /// Whether lines may have colours.
    package let hasColours: Bool

    /// Fewer columns are taken for this many: a table needs some.
    private static let minimumWidth = 20

    /// A terminal of that many columns; nil where lines may be of any length.
    package init(width: Int?, hasColours: Bool) {
        self.width = width.map { max($0, Self.minimumWidth) }
        self.hasColours = hasColours
    }

    /// Standard output, by the kernel and the variables `COLUMNS`, `NO_COLOR` (no-color.org) and `TERM`.
    static func standardOutput(_ variables: [String: String]) -> Terminal {
        var size = winsize()
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let hasSize = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return Terminal(
            variables: variables,
            isTerminal: isTerminal,
            kernelWidth: hasSize ? Int(size.ws_col) : nil
        )
    }

    /// The terminal that these findings describe: `COLUMNS` wins over the kernel's width.
    package init(variables: [String: String], isTerminal: Bool, kernelWidth: Int?) {
        let columns = variables["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        self.init(
            width: columns ?? kernelWidth ?? (isTerminal ? 80 : nil),
            hasColours: isTerminal && (variables["NO_COLOR"] ?? "").isEmpty && variables["TERM"] != "dumb"
        )
    }

    /// How a piece of text stands out.
    package enum Style: String, Sendable {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
        case magenta = "35"
        case cyan = "36"
    }

    /// The text in that style, where there are colours.
    package func style(_ text: String, _ style: Style) -> String {
        self.hasColours && !text.isEmpty ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
