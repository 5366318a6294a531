package import AWSOperations
internal import Platform

/// What `orders doctor` makes of what AWS says: decisions over values, without asking.
package enum Judgement {
    /// Behind the stream by as much, a function's alarm goes off as well.
    private static let longestLag = Duration.seconds(15 * 60)

    /// A message of OrderQueue that waits longer sets off an alarm as well.
    private static let longestWait = Duration.seconds(300)

    private static let changedByHand =
        "somebody did that by hand: scripts/deploy sets it right once a parameter or the template changes"

    private static let otherCode =
        "scripts/deploy deploys what is in dist/; if it was deployed by --release: docs/deploy.md, going back"

    private static func span(_ days: Int?) -> String {
        days.map { $0.counting("day") } ?? "for ever"
    }

    /// The stack as a whole, by what CloudFormation is doing with it.
    package static func stack(_ state: StackState) -> Finding {
        let subject = "stack \(state.stack)"
        let text = [state.status, state.meaning].filter { !$0.isEmpty }.joined(separator: ": ")
        return switch state.use {
        case .settled: .well(subject, text)
        case .changing, .stuck, .unusable: .ill(subject, text, state.advice)
        case .unknown: .untold(subject, text)
        }
    }

    /// A function against the template and against its zip, whose hash is nil where it is not at hand.
    package static func function(
        _ name: String,
        _ found: LambdaFunctionConfiguration,
        wanted: FunctionConfiguration,
        zipSHA256: String?
    ) -> Finding {
        let reason = found.stateReason.map { " (\($0))" } ?? ""
        switch found.state {
        // Lambda puts a function aside that was not invoked for weeks, and loads it again at the next invocation.
        case nil, "Active", "Inactive": break
        case "Pending": return .ill(name, "Pending\(reason)", "Lambda is still at it: ask again in some minutes")
        case let state?: return .ill(name, "\(state)\(reason)", "mend what it says, and deploy again")
        }
        if let status = found.lastUpdateStatus, status != "Successful" {
            return .ill(name, "its last update is \(status)", "ask again in some minutes, or deploy it again")
        }
        var differences: [String] = []
        if let memory = found.memorySize, memory != wanted.memorySize {
            differences.append("memory \(memory) MB, not \(wanted.memorySize)")
        }
        if let timeout = found.timeout, .seconds(timeout) != wanted.timeout {
            differences.append("timeout \(timeout) s, not \(wanted.timeout.components.seconds)")
        }
        if let variables = found.variables {
            for name in Set(variables.keys).union(wanted.variables.keys).sorted()
            where variables[name] != wanted.variables[name] {
                differences.append("variable \(name)")
            }
        }
        if let changed = Self.changed(name, differences) { return changed }
        let state = found.state?.lowercased() ?? "active"
        guard let zipSHA256, let deployed = found.codeSHA256 else { return .well(name, state) }
        guard zipSHA256 == deployed else {
            return .ill(name, "other code than dist/\(name).zip", Self.otherCode)
        }
        return .well(name, "\(state), its code as in dist/")
    }

    /// What a mapping or a Pipe is set to, and what it should be.
    package struct Settings: Sendable {
        /// As the template has it, by the paths of `ResourceProperties.settings`.
        let wanted: [String: String]
        /// Below these paths there may be nothing that the template does not have.
        let closed: [String]
        /// Whether what AWS does not tell counts as set otherwise: an emulator does not tell all.
        let isComplete: Bool

        /// Settings that are to be compared.
        package init(wanted: [String: String], closed: [String] = [], isComplete: Bool) {
            self.wanted = wanted
            self.closed = closed
            self.isComplete = isComplete
        }

        /// Longer ones, such as patterns, are named and not shown.
        private static let longestShown = 40
        /// What AWS may leave out, since it says that something is off.
        private static let defaults = ["0", "-1", "false"]

        /// What is set otherwise, in words.
        func differences(_ found: [String: String]) -> [String] {
            var differences: [String] = []
            for (path, value) in self.wanted.sorted(by: { $0.key < $1.key }) {
                guard let actual = found[path] else {
                    if self.isComplete, !Self.defaults.contains(value) { differences.append("no \(path)") }
                    continue
                }
                guard actual != value else { continue }
                let isShown = max(actual.count, value.count) <= Self.longestShown
                differences.append(isShown ? "\(path) \(actual), not \(value)" : path)
            }
            for path in found.keys.sorted() where self.wanted[path] == nil {
                if self.closed.contains(where: { path.hasPrefix($0) }) { differences.append("\(path) besides") }
            }
            return differences
        }
    }

    /// A finding where something is set otherwise than the template has it.
    private static func changed(_ name: String, _ differences: [String]) -> Finding? {
        guard !differences.isEmpty else { return nil }
        let text = "set otherwise than the template has it: \(differences.joined(separator: ", "))"
        return .ill(name, text, Self.changedByHand)
    }

    /// A mapping against the settings that the template gives.
    /// - Parameter runsLocally: whether `orders pipes` runs it in place of the local AWS, where it is disabled.
    package static func mapping(
        _ name: String,
        _ found: LambdaEventSourceMapping,
        id: String,
        settings: Settings,
        isEnabled: Bool,
        runsLocally: Bool = false
    ) -> Finding {
        if runsLocally, found.state == "Disabled" {
            return .well(name, "disabled in the local AWS, since `orders pipes` runs it")
        }
        guard found.state == "Enabled" || (!isEnabled && found.state == "Disabled") else {
            return .ill(
                name,
                found.state,
                "nothing is delivered. If nobody meant it: aws lambda update-event-source-mapping --uuid \(id) --enabled"
            )
        }
        if let result = found.lastProcessingResult, result.hasPrefix("PROBLEM") {
            return .ill(name, result, "see the function's log; a missing permission is named here by itself")
        }
        if let changed = Self.changed(name, settings.differences(found.settings)) { return changed }
        return .well(
            name,
            [found.state.lowercased(), found.lastProcessingResult].compactMap { $0 }.joined(separator: ", ")
        )
    }

    /// A Pipe against the settings that the template gives.
    package static func pipe(
        _ name: String,
        _ found: PipeDescription,
        physicalName: String,
        settings: Settings,
        isRunning: Bool
    ) -> Finding {
        let reason = found.stateReason.map { ": \($0)" } ?? ""
        guard found.currentState == "RUNNING" || (!isRunning && found.currentState == "STOPPED") else {
            return .ill(
                name,
                "\(found.currentState)\(reason)",
                "the table's stream forgets changes after 24 hours. aws pipes start-pipe --name \(physicalName)"
            )
        }
        if let changed = Self.changed(name, settings.differences(found.settings)) { return changed }
        return .well(name, "\(found.currentState.lowercased())\(reason)")
    }

    /// A queue; a dead-letter queue should be empty, and what is in the other one should not wait.
    /// - Parameter oldest: how long the oldest message has waited, nil where that is not measured.
    package static func queue(
        _ name: String,
        _ depth: QueueDepth,
        oldest: Duration?,
        isDeadLetterQueue: Bool
    ) -> Finding {
        guard depth.total > 0 else { return .well(name, "empty") }
        let age = oldest.map { ", the oldest for \($0.components.seconds) s" } ?? ""
        let state = "\(depth.visible.counting("message")) waiting, \(depth.inFlight) in flight\(age)"
        if isDeadLetterQueue {
            let advice = "docs/operate.md says what each letter means; then: orders redrive --queue \(name)"
            return .ill(name, state, advice)
        }
        guard let oldest else {
            return depth.visible == 0 ? .well(name, state) : .untold(name, "\(state), for how long is not measured")
        }
        guard oldest > Self.longestWait else { return .well(name, state) }
        return .ill(name, state, "its function cannot keep up, or is refused what it needs: its log says so")
    }

    /// A function in a shard, in which records were looked for as long as `patience`.
    package static func shard(_ function: String, _ progress: ShardProgress, patience: Duration) -> Finding {
        let subject = "\(function) in \(progress.shardID)"
        switch progress.backlog {
        case .empty: return .well(subject, "has read all there is")
        case .unread(let distance):
            // Mostly the last record is old, so that there is much emptiness to read through.
            let place = distance.map { ", up to \($0.components.seconds) s before the shard's end" } ?? ""
            let refusal =
                progress.refusal.map { ", where the last read was refused (\($0)), since others read it, too" } ?? ""
            let state = "no record waits as far as was read in \(patience.components.seconds) s\(place)"
            return .untold(subject, "\(state)\(refusal): --read-for looks for longer")
        case .waiting(let lag):
            let state = "\(lag.components.seconds) s behind"
            guard lag > Self.longestLag else { return .well(subject, state) }
            return .ill(subject, state, "its log says which record it is stuck at, if it is; else give it more memory")
        }
    }

    /// The stack's alarms with their names in the template; one that does not exist is nil.
    package static func alarms(_ found: [(name: String, alarm: CloudWatchAlarm?)]) -> [Finding] {
        let findings = found.compactMap { name, alarm -> Finding? in
            guard let alarm else {
                return .ill(
                    name,
                    "does not exist",
                    Self.changedByHand
                )
            }
            guard alarm.state == "ALARM" else { return nil }
            return .ill(name, "in ALARM\(alarm.reason.map { ": \($0)" } ?? "")", "docs/operate.md says what to do")
        }
        return findings.isEmpty ? [.well("alarms", "none of \(found.count) is in ALARM")] : findings
    }

    /// A log group and the days that the template gives it.
    package static func logGroup(_ name: String, exists: Bool, days: Int?, wanted: Int?) -> Finding {
        guard exists else { return .ill(name, "does not exist", "its lines are lost: scripts/deploy makes it again") }
        guard days == wanted else {
            let (kept, meant) = (Self.span(days), Self.span(wanted))
            return .ill(name, "keeps lines \(kept), not \(meant)", Self.changedByHand)
        }
        return .well(name, "there")
    }

    /// A table or a stream by its status.
    package static func store(_ name: String, status: String) -> Finding {
        ["ACTIVE", "UPDATING"].contains(status)
            ? .well(name, status.lowercased()) : .ill(name, status, "AWS's console says why; nothing can be written")
    }
}
