internal import AWSClient
internal import AWSOperations
internal import EventPatterns

/// A line that a function wrote for each batch, or for one order.
struct FunctionLine: Sendable {
    /// `2025-08-27T18:08:00.648Z`.
    let timestamp: String
    let message: String
    private let members: JSONObject

    /// Nil for what is no line of a function: a start, a report, a trap.
    init?(_ event: LogEvent) {
        guard case .object(let members)? = try? JSONValue(parsing: event.message.utf8),
            case .string(let message)? = members["message"], case .string(let timestamp)? = members["timestamp"],
            timestamp.utf8.count >= 16
        else { return nil }
        self.timestamp = timestamp
        self.message = message
        self.members = members
    }

    /// The UTC day, `2025-08-27`.
    var day: String { String(self.timestamp.prefix(10)) }

    /// The UTC minute, `2025-08-27T18:08`.
    var minute: String { String(self.timestamp.prefix(16)) }

    /// A text of the line.
    func text(_ name: String) -> String? {
        if case .string(let text)? = self.members[name] { text } else { nil }
    }

    /// Every count of the line.
    var counts: [String: Int64] {
        var counts: [String: Int64] = [:]
        for member in self.members.members {
            if case .number(let number) = member.value, let count = Int64(exactly: number) {
                counts[member.name] = count
            }
        }
        return counts
    }
}
