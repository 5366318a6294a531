/// One line of `orders doctor`: something of the stack that is as it should be, or is not.
package struct Finding: Sendable, Equatable {
    /// What was looked at, by its name in the template.
    package let subject: String
    /// How it is.
    package let state: String
    /// What to do about it; nil where all is well.
    package let advice: String?

    /// Whether all is well.
    package var isWell: Bool { self.advice == nil }

    /// Something that is as it should be.
    package static func well(_ subject: String, _ state: String) -> Finding {
        Finding(subject: subject, state: state, advice: nil)
    }

    /// Something that is not, and what to do.
    package static func ill(_ subject: String, _ state: String, _ advice: String) -> Finding {
        Finding(subject: subject, state: state, advice: advice)
    }

    /// The finding in a line, or in two.
    package func lines(_ terminal: Terminal) -> [String] {
        let mark = self.isWell ? terminal.style("✓", .green) : terminal.style("✗", .red)
        let line = "\(mark) \(self.subject): \(self.state)"
        return [line] + (self.advice.map { ["    \($0)"] } ?? [])
    }
}
