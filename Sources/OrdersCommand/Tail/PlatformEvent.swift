internal import EventPatterns

/// One of Lambda's own lines where the function's `LogFormat` is JSON: what the platform says of an invocation.
///
/// As `{"time":…,"type":"platform.report","record":{"requestId":…,"status":"timeout",…}}`.
struct PlatformEvent: Sendable {
    /// What Lambda says of each invocation, whatever comes of it.
    private static let invocationTypes: Set<String> = ["platform.start", "platform.runtimeDone", "platform.report"]

    /// What happened, as `platform.start` or `platform.report`.
    let type: String
    /// When it happened, as the line says.
    let time: String?
    /// How it went: `success`, `failure`, `error` or `timeout`; nil where there is nothing to say yet.
    let status: String?
    /// What kind of error ended the invocation, as `Runtime.ExitError`.
    let errorType: String?

    /// Nil for a line that the function wrote, and for any in the text format.
    init?(_ line: FunctionLogLine) {
        guard let type = line["type"], type.hasPrefix("platform."), let record = line.members?["record"] else {
            return nil
        }
        func text(_ name: String) -> String? {
            guard case .object(let members) = record, case .string(let text)? = members[name] else { return nil }
            return text
        }
        self.type = type
        self.time = line["time"]
        self.status = text("status")
        self.errorType = text("errorType")
    }

    /// Whether something went wrong.
    var isFailure: Bool { self.status.map { $0 != "success" } ?? false }

    /// Whether it says nothing but that an invocation began or ended well.
    var isFrame: Bool { !self.isFailure && Self.invocationTypes.contains(self.type) }
}

extension FunctionLogLine {
    /// Whether it is one of Lambda's own that say nothing but that an invocation began or ended.
    package var isFrame: Bool {
        if let event = PlatformEvent(self) { return event.isFrame }
        return self.members == nil && (self.text.hasPrefix("START RequestId:") || self.text.hasPrefix("END RequestId:"))
    }
}
