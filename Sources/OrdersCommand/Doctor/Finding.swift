/// One line of `orders doctor`: something of the stack that is as it should be, that is not, or that is not told.
package struct Finding: Sendable, Equatable {
    /// What `orders doctor` makes of it.
    package enum Verdict: Sendable, Equatable {
        case well
        /// What to do about it.
        case ill(String)
        /// The AWS at hand does not know it, as the local one many things, or has not measured it: no failure.
        case untold
    }

    /// What was looked at, by its name in the template.
    package let subject: String
    /// How it is.
    package let state: String
    /// What to make of that.
    package let verdict: Verdict

    /// Whether something has to be done.
    package var isIll: Bool { if case .ill = self.verdict { true } else { false } }

    /// Something that is as it should be.
    package static func well(_ subject: String, _ state: String) -> Finding {
        Finding(subject: subject, state: state, verdict: .well)
    }

    /// Something that is not, and what to do.
    package static func ill(_ subject: String, _ state: String, _ advice: String) -> Finding {
        Finding(subject: subject, state: state, verdict: .ill(advice))
    }

    /// Something that nobody tells.
    package static func untold(_ subject: String, _ state: String) -> Finding {
        Finding(subject: subject, state: state, verdict: .untold)
    }

    /// The finding in a line, or in two, of which nothing foreign is obeyed by the terminal.
    package func lines(_ terminal: Terminal) -> [String] {
        let text = TerminalText.escaped("\(self.subject): \(self.state)")
        return switch self.verdict {
        case .well: ["\(terminal.style("✓", .green)) \(text)"]
        case .ill(let advice): ["\(terminal.style("✗", .red)) \(text)", "    \(TerminalText.escaped(advice))"]
        case .untold: ["- \(text)"]
        }
    }
}
