package import AWSOperations
internal import EventPatterns
internal import JSONText
package import Orders
internal import PipesRunner
internal import Platform

/// One thing that `orders tail` shows: a line for people, in which addresses are masked and nothing is obeyed by the
/// terminal, and one for machines, as it is.
package struct TailLine: Sendable {
    /// The line for people: addresses are masked, and nothing foreign is obeyed by the terminal.
    package let text: String
    /// The line for machines, a JSON object.
    package let json: [UInt8]
}

extension TailLine {
    /// A record of the order stream, by the line that the archive will have of it.
    package init(_ record: ArchivedRecord, archiveLine: [UInt8], _ terminal: Terminal) {
        let what: String
        switch record.verdict {
        case "accepted":
            let products = record.products.isEmpty ? "" : "  \(record.products.count.counting("product"))"
            let id = terminal.style(TerminalText.masked(record.orderID?.text ?? ""), .bold)
            let amount = TerminalText.escaped("\(record.amount ?? "") \(record.currency ?? "")")
            what = "\(id)  \(amount)\(products)"
        case "refused":
            what = terminal.style("refused: \(TerminalText.masked(record.reason ?? ""))", .red)
        default: what = terminal.style("skipped, an event of another type", .dim)
        }
        let shardID = TerminalText.escaped(record.shardID)
        self.text = Self.line("stream", record.arrivedAt, terminal, .cyan, "\(shardID)  \(what)")
        self.json = Self.object("stream") { writer in
            writer.key("record")
            writer.raw(archiveLine)
        }
    }

    /// A change of the Orders table; `event` is the record as a Pipe gets it.
    package init(_ change: TableChange, event: [UInt8], _ terminal: Terminal) {
        let (old, new) = (RowFacts(change.oldImage), RowFacts(change.newImage))
        let eventName = TerminalText.escaped(change.eventName)
        var parts = [terminal.style(eventName, change.eventName == "REMOVE" ? .red : .green)]
        parts.append(terminal.style(TerminalText.masked(change.orderID.text), .bold))
        let status = old.status == new.status ? new.status : "\(old.status ?? "–") → \(new.status ?? "–")"
        if let status { parts.append(TerminalText.masked("status \(status)")) }
        let amount =
            old.amount == new.amount || old.amount == nil ? new.amount : "\(old.amount ?? "–") → \(new.amount ?? "–")"
        if let amount { parts.append(TerminalText.masked("amount \(amount) \(new.currency ?? "")")) }
        if let band = new.band { parts.append(TerminalText.masked(band)) }
        let time = change.createdAt.flatMap { UTCInstant(secondsSince1970: Array($0.utf8)[...]) }?.iso8601
        self.text = Self.line("changes", time, terminal, .magenta, parts.joined(separator: "  "))
        self.json = Self.object("changes") { writer in
            writer.key("event")
            writer.raw(event)
        }
    }

    /// A line of a function's log.
    package init(_ line: FunctionLogLine, _ terminal: Terminal) {
        let event = PlatformEvent(line)
        let time = line["timestamp"] ?? event?.time ?? UTCInstant(millisecondsSince1970: line.timestamp).iso8601
        var what = terminal.style(TerminalText.escaped(line.function), .bold) + "  "
        if let event {
            let message = TerminalText.masked("\(event.isFailure ? "ERROR" : "INFO")  \(event.type)")
            what += event.isFailure ? terminal.style(message, .red) : message
            if let status = event.status { what += Self.member("status", status, terminal) }
            if let errorType = event.errorType { what += Self.member("errorType", errorType, terminal) }
        } else if let members = line.members {
            let level = line["level"] ?? "INFO"
            let style: Terminal.Style? =
                switch level {
                case "ERROR", "FATAL": .red
                case "WARN": .yellow
                default: nil
                }
            let message = TerminalText.masked("\(level)  \(line["message"] ?? "")")
            what += style.map { terminal.style(message, $0) } ?? message
            for member in members.members where !Self.usualMembers.contains(member.name) {
                what += Self.member(member.name, member.value.brief, terminal)
            }
        } else {
            what += terminal.style(TerminalText.masked(line.text.trimmingNewlines.replacing("\t", with: "  ")), .dim)
        }
        self.text = Self.line("logs", time, terminal, .blue, what)
        self.json = Self.object("logs") { writer in
            writer.member("function", line.function)
            writer.member("at", UTCInstant(millisecondsSince1970: line.timestamp).iso8601)
            if line.members == nil {
                writer.member("text", line.text)
            } else {
                writer.key("line")
                writer.raw(line.text.trimmingNewlines.utf8)
            }
        }
    }

    /// A message of a dead-letter queue, with the order and the reason that `rules` find in it.
    package init(
        _ message: SQSMessage,
        of queue: String,
        rules: InputRules = InputRules(),
        _ terminal: Terminal
    ) {
        let sent = message.attributes["SentTimestamp"].flatMap { Int64($0) }
        let time = sent.map { UTCInstant(millisecondsSince1970: $0).iso8601 }
        let contents = DeadLetterContents(message, of: queue, rules: rules)
        let order = contents.orderID.map { terminal.style(TerminalText.masked($0), .bold) + "  " } ?? ""
        let name = terminal.style(queue, .bold)
        self.text = Self.line(
            "letters",
            time,
            terminal,
            .red,
            "\(name)  \(order)\(TerminalText.masked(contents.reason))  message \(TerminalText.escaped(message.messageID))"
        )
        self.json = Self.object("deadLetters") { writer in
            writer.member("queue", queue)
            writer.member("messageId", message.messageID)
            if let time { writer.member("sentAt", time) }
            writer.member("body", message.body)
        }
    }

    /// What each line of a log has, and tells a reader nothing.
    private static let usualMembers: Set<String> = [
        "level", "message", "timestamp", "service", "function_name", "cold_start", "function_request_id", "requestId",
        "xray_trace_id",
    ]

    private static func member(_ name: String, _ text: String, _ terminal: Terminal) -> String {
        "  " + terminal.style(TerminalText.escaped(name) + "=", .dim) + TerminalText.masked(text)
    }

    private static func line(
        _ source: String,
        _ time: String?,
        _ terminal: Terminal,
        _ style: Terminal.Style,
        _ what: String
    ) -> String {
        let padding = String(repeating: " ", count: max(0, 7 - source.utf8.count))
        return
            "\(TerminalText.escaped(time ?? "                        "))  \(terminal.style(source, style))\(padding)  \(what)"
    }

    private static func object(_ source: String, _ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("source", source)
            members(&writer)
        }
        return writer.bytes
    }
}

/// What a line says of a row.
private struct RowFacts {
    let status: String?
    let amount: String?
    let currency: String?
    let band: String?

    init(_ image: [UInt8]?) {
        guard let image, case .object(let item)? = try? JSONValue(parsing: image) else {
            (self.status, self.amount, self.currency, self.band) = (nil, nil, nil, nil)
            return
        }
        func text(_ names: String...) -> String? {
            for name in names {
                guard case .object(let value)? = item[name], let member = value.members.first,
                    case .string(let text) = member.value
                else { continue }
                return text
            }
            return nil
        }
        self.status = text("status", "orderStatus")
        self.amount = text("amount", "orderAmount")
        self.currency = text("currency")
        self.band = text("amountBand")
    }
}

extension JSONValue {
    /// A value in a line of a log, short.
    fileprivate var brief: String {
        switch self {
        case .string(let text): text
        case .number(let number): Int64(exactly: number).map { String($0) } ?? "\(number)"
        case .bool(let flag): flag ? "true" : "false"
        case .null: "null"
        case .array(let elements): "[" + elements.map(\.brief).joined(separator: ", ") + "]"
        case .object(let object): "{\(object.members.count.counting("member"))}"
        }
    }
}

extension String {
    fileprivate var trimmingNewlines: String {
        var text = Substring(self)
        while let last = text.last, last.isNewline { text.removeLast() }
        return String(text)
    }
}
