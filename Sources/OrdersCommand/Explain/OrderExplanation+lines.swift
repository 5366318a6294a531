internal import EventPatterns
internal import LambdaRuntime
internal import OrderFunctions
internal import Orders
internal import Platform

extension OrderExplanation {
    /// The lines for people: addresses are masked as in logs, and nothing foreign is obeyed by the terminal.
    ///
    /// What the logs do not say is told with the part of them that was read.
    package func lines(_ terminal: Terminal, bucket: String, logs: LogReach) -> [String] {
        var lines = [terminal.style("Order \(TerminalText.masked(self.id))", .bold)]
        lines += self.rowLines(terminal)
        lines += self.countLines(terminal, bucket: bucket)
        for pipe in self.pipes { lines += pipe.lines(terminal, logs) }
        lines += self.notificationLines(terminal, logs)
        return lines + self.deadLetterLines(terminal)
    }

    private func rowLines(_ terminal: Terminal) -> [String] {
        guard let row = self.row else { return [terminal.heading("Row") + "none in the Orders table"] }
        // As the processors read it, whoever wrote it and under whichever of its names.
        let routed = row.routed
        let order = row.order
        let amount = routed?.amount?.text ?? order.amount?.value.text
        let facts = [
            (routed?.status?.text ?? order.status?.value).map { "status \($0)" } ?? "no status",
            amount.map { "amount \($0) \(order.currency?.value ?? "USD")" } ?? "no amount",
            (routed?.customerEmail ?? order.customerEmail?.value).map { "e-mail \($0)" },
            order.updatedAt.map { "updated \($0.text)" },
            order.correlationID.map { "correlation id \($0.value)" },
        ]
        return [terminal.heading("Row") + TerminalText.masked(facts.compactMap { $0 }.joined(separator: ", "))]
    }

    private func countLines(_ terminal: Terminal, bucket: String) -> [String] {
        let answer = self.count.answer
        let text =
            switch answer {
            case .yes, .yesElsewhere: terminal.style(answer.text, .green)
            case .inPart, .notYet, .unknown, .no: terminal.style(answer.text, .yellow)
            case .noRecord: answer.text
            }
        var lines = [terminal.heading("Counted") + text]
        for entry in self.count.entries {
            let record = entry.record
            let arrival = TerminalText.escaped(record.arrivedAt ?? "at an unknown time")
            lines.append(
                "  \(arrival)  \(TerminalText.masked(record.place)): \(TerminalText.masked(entry.text))"
            )
            for row in entry.rows {
                let deltas = row.delta.attributes.map { "\($0.name) +\($0.number)" }.joined(separator: ", ")
                lines.append("    \(TerminalText.masked("\(row.key.partitionKey) \(row.key.sortKey)"))  \(deltas)")
            }
            lines.append("    " + terminal.style(TerminalText.escaped(record.location(in: bucket)), .dim))
        }
        return lines
    }

    private func notificationLines(_ terminal: Terminal, _ logs: LogReach) -> [String] {
        let premium = self.pipes.filter { $0.rule == .premium }
        let sent = premium.flatMap(\.processings)
        let heading = terminal.heading("Notification")
        let limit = "SNS keeps no messages; this is what PremiumOrdersProcessor's log says"
        guard let first = sent.first else {
            if let silence = premium.compactMap(\.silence).first {
                return [heading + "not known: SNS keeps no messages, and \(silence)"]
            }
            if logs.windows.isEmpty, let lostText = logs.lostText {
                return [heading + "not known: SNS keeps no messages, and PremiumOrdersProcessor's log \(lostText)"]
            }
            let masked = premium.first?.maskedText ?? ""
            return [heading + "none that is known of (\(logs.silence(limit))\(masked))"]
        }
        let times = sent.count == 1 ? "sent" : "sent for \(sent.count) changes"
        return [
            heading + terminal.style(times, .green)
                + " at \(first.time), event \(TerminalText.escaped(first.eventID ?? "unknown")) (\(limit))"
        ]
    }

    private func deadLetterLines(_ terminal: Terminal) -> [String] {
        let heading = terminal.heading("Dead letters")
        guard !self.deadLetters.isEmpty else { return [heading + "none"] }
        var lines = [heading + terminal.style("\(self.deadLetters.count)", .red)]
        for finding in self.deadLetters {
            let time = finding.sentAt.map { UTCInstant(millisecondsSince1970: $0).iso8601 + "  " } ?? ""
            let sender = finding.function.map { " of \($0)" } ?? ""
            let reason = finding.reason ?? "SQS moved it there after its last receive; OrderWriter's log has the reason"
            lines.append(
                "  \(time)\(finding.queue)\(TerminalText.masked(sender)): \(TerminalText.masked(reason))"
            )
            lines.append("    message \(TerminalText.escaped(finding.messageID))")
        }
        return lines
    }
}

extension OrderExplanation.Pipe {
    fileprivate func lines(_ terminal: Terminal, _ logs: LogReach) -> [String] {
        var lines = [terminal.heading(self.name) + "to \(TerminalText.escaped(self.function))"]
        for explanation in self.explanations {
            lines.append("  " + Self.title(explanation.change))
            for (index, filter) in explanation.filters.enumerated() {
                lines.append(
                    "    filter \(index + 1): \(terminal.verdict(filter.isMet, "lets it through", "does not"))"
                )
                for clause in filter.conjunctions.flatMap({ $0 }) { lines.append("      " + clause.line(terminal)) }
            }
            guard let rule = explanation.rule else { continue }
            lines.append("    rule of the function:")
            for condition in rule.conditions { lines.append("      " + condition.line(terminal)) }
            lines.append("    → \(explanation.outcomeText)")
        }
        if self.explanations.isEmpty { lines.append("  no change of the order is known") }
        guard self.rule != nil else { return lines }
        let times = self.processings.map { "\($0.time) (event \(TerminalText.escaped($0.eventID ?? "unknown")))" }
        let nothing = self.silence.map { "cannot tell, since \($0)" } ?? logs.silence("nothing processed")
        let found = times.isEmpty ? nothing : "processed \(times.joined(separator: ", "))"
        lines.append("  its log: \(found)\(self.maskedText)")
        return lines
    }

    /// Why the log says nothing of what was processed, and what to do about it; nil where it would say it.
    fileprivate var silence: String? {
        let function = TerminalText.escaped(self.function)
        if self.orderLog == .none { return "\(function) logs no line for an order (the parameter OrderLog)" }
        if self.logLevel > .info {
            let level = self.logLevel.name
            return "\(function) logs from \(level) on, and what it processes is INFO (the parameter LogLevel)"
        }
        return self.isProcessingLogged ? nil : "the logs mask this id, and no change of the order is known (--changes)"
    }

    /// What is not told by a log in which the lines of known changes alone are found.
    fileprivate var maskedText: String {
        self.isProcessingLogged && self.lineSearch == .changes
            ? "; of changes that are not known it cannot tell, since the logs mask this id" : ""
    }

    private static func title(_ change: TableChange) -> String {
        guard let eventID = change.eventID else {
            return "the row as it is, taken for a MODIFY; what it was before is not known"
        }
        let time = change.createdAt.flatMap { UTCInstant(secondsSince1970: Array($0.utf8)[...]) }?.iso8601 ?? ""
        return "\(time) \(TerminalText.escaped("\(change.eventName), event \(eventID)"))"
    }
}

extension OrderExplanation.Pipe.Processing {
    /// When the log line was written.
    package var time: String { UTCInstant(millisecondsSince1970: self.timestamp).iso8601 }
}

extension PipeExplanation {
    /// What becomes of the change, in a sentence.
    package var outcomeText: String {
        switch self.passes {
        case false?: return "the Pipe does not deliver it"
        case nil:
            guard case .skip(let reason) = self.rule?.decision else {
                return "whether the Pipe delivers it depends on what is not known here"
            }
            return "not processed, whether the Pipe delivers it or not: \(reason.rawValue)"
        case true?: break
        }
        return switch self.rule?.decision {
        case .process: "processed"
        case .skip(let reason): "skipped: \(reason.rawValue)"
        case .deadLetter(let reason): TerminalText.masked("dead-lettered: \(reason)")
        case .dependsOnOldImage: "processed if it was pending before"
        case nil: "delivered; this tool does not know the function's rule"
        }
    }
}

extension PipeExplanation.Clause {
    fileprivate func line(_ terminal: Terminal) -> String {
        let path = TerminalText.escaped(self.clause.path.joined(separator: "."))
        let found = self.isMet == nil ? "not known" : self.clause.found.joined(separator: ", ")
        return "\(terminal.sign(self.isMet)) \(path) is \(found.isEmpty ? "not there" : TerminalText.masked(found)), "
            + "wanted \(TerminalText.escaped(self.clause.wanted))"
    }
}

extension RuleExplanation.Condition {
    fileprivate func line(_ terminal: Terminal) -> String {
        let unknown = self.isMet == nil ? "not known" : "none"
        let value = self.isMet == nil && self.name == "event" ? unknown : self.value.map(TerminalText.masked) ?? unknown
        return "\(terminal.sign(self.isMet)) \(self.name) is \(value), needed: \(TerminalText.escaped(self.needed))"
    }
}

extension CountExplanation.Outcome {
    /// The outcome in words.
    package var text: String {
        switch self {
        case .counted: "counted"
        case .countedInPart: "counted in part, when it was lost; a later record of the event counted the rest"
        case .repetition: "a repetition of what was counted"
        case .otherOrder: "not counted: another order was counted under its MessageId; a dead letter says so"
        case .notYet: "not counted yet: the aggregator has not come to it, or it is behind (orders doctor)"
        case .unknownSinceExpired:
            "accepted; whether it was counted cannot be told, since claims of its time have expired"
        case .refused(let reason): "refused: \(reason)"
        case .skipped: "skipped, an event of another type"
        case .unreadable(let reason): "not known: \(reason)"
        }
    }

    /// The outcome in one word, for machines.
    package var name: String {
        switch self {
        case .counted: "counted"
        case .countedInPart: "countedInPart"
        case .repetition: "repetition"
        case .otherOrder: "otherOrder"
        case .notYet: "notYet"
        case .unknownSinceExpired: "unknown"
        case .refused: "refused"
        case .skipped: "skipped"
        case .unreadable: "unreadable"
        }
    }
}

extension Terminal {
    /// A name in front of a line, so that the texts behind stand in one column.
    func heading(_ name: String) -> String {
        self.style(name, .bold) + String(repeating: " ", count: max(2, 14 - name.utf8.count))
    }

    func sign(_ isMet: Bool?) -> String {
        switch isMet {
        case true?: self.style("✓", .green)
        case false?: self.style("✗", .red)
        case nil: self.style("?", .yellow)
        }
    }

    func verdict(_ isMet: Bool?, _ yes: String, _ no: String) -> String {
        switch isMet {
        case true?: self.style(yes, .green)
        case false?: self.style(no, .yellow)
        case nil: self.style("not known", .yellow)
        }
    }
}
