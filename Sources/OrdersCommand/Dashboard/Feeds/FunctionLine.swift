internal import AWSClient
package import AWSOperations
internal import EventPatterns

/// A line that a function wrote for each batch, or for one order.
package struct FunctionLine: Sendable {
    /// `2025-08-27T18:08:00.648Z`.
    let timestamp: String
    let message: String
    private let members: JSONObject

    /// Nil for what is no line of a function: a start, a report, a trap.
    package init?(_ event: LogEvent) {
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

    /// What a batch's line has to be found by, of each function but the intake.
    static let batchPhrase = "batch done"
    /// The lines of OrderIntake, one for each request.
    static let intakePhrases = ["order taken", "orders taken", "request refused"]

    /// What the line adds to its function's sums of the day; nil where it ends neither a batch nor a request.
    package var batchCounts: [String: Int64]? {
        switch self.message {
        case Self.batchPhrase: return self.counts.merging(["batches": 1]) { $1 }
        case "order taken": return ["batches": 1, "read": 1, "accepted": 1]
        case "orders taken":
            let (accepted, refused) = (self.counts["accepted", default: 0], self.counts["refused", default: 0])
            return ["batches": 1, "read": accepted + refused, "accepted": accepted, "refused": refused]
        case "request refused": return ["batches": 1, "read": 1, "refused": 1]
        default: return nil
        }
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
