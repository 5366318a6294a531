internal import AWSClient
internal import SimulatedAWS

/// Whether the processors did what each change asks for, and nothing else: at least once, and where nothing happened to its
/// deliveries as often as it was delivered.
enum ProcessorCheck {
    /// What of an order decides.
    private struct Image {
        let status: String?
        let amount: Amount?
        let isTest: Bool
        /// Nobody can say what the order costs.
        let isPoison: Bool

        init(_ item: AttributeMap) {
            self.status = (item["status"] ?? item["orderStatus"])?.string?.lowercased()
            let value = item["amount"] ?? item["orderAmount"]
            self.amount = (value?.number ?? value?.string).flatMap { Amount($0) }
            self.isPoison = value != nil && self.amount == nil
            let domain = item["customerEmail"]?.string.map { OrdersOracle.domain($0) } ?? ""
            self.isTest = domain == "test.com" || domain.hasSuffix(".test.com")
        }

        var isNormal: Bool {
            (self.status == "pending" || self.status == "shipped") && self.amount.map { $0 > Amount(100) } ?? false
                && !self.isTest && !self.isPoison
        }

        func isPremium(after old: Image?) -> Bool {
            old?.status == "pending" && self.status == "shipped" && self.amount.map { $0 > Amount(1_000) } ?? false
                && !self.isTest && !self.isPoison
        }
    }

    /// Where what was processed, notified and dead-lettered differs from what the changes ask for, in words.
    ///
    /// `deliveries` says how often changes were delivered, and `text` gives a change as the Pipe delivers it.
    static func differences(
        _ pipes: [any ChangeSource],
        log: [UInt8],
        _ cloud: borrowing Cloud,
        _ deliveries: ChangeDeliveries,
        text: (TableChange) -> [UInt8]
    ) -> [String] {
        var differences: [String] = []
        for function in [FunctionName.normal, .premium] {
            let own = pipes.filter { $0.source.function == function }
            if own.isEmpty { continue }
            let givenUp = own.reduce(into: Set<Int>()) { $0.formUnion($1.givenUp.union($1.lost)) }
            var (wanted, poison, doomed): (Set<String>, Set<String>, Set<String>) = ([], [], [])
            for change in own.flatMap(\.changes) {
                let id = TableEvents.eventID(change)
                if givenUp.contains(change.number) { doomed.insert(id) }
                guard let new = change.new.map({ Image($0) }) else { continue }
                let old = change.old.map { Image($0) }
                if new.isPoison, function == .normal || old != nil { poison.insert(id) }
                if function == .normal ? new.isNormal : new.isPremium(after: old) { wanted.insert(id) }
            }
            let changes = Dictionary(own.flatMap(\.changes).map { (TableEvents.eventID($0), $0) }) { first, _ in first }
            let told =
                function == .normal
                ? Self.processed(log)
                : cloud.sns.notifications.map { ($0.attributes["eventID"] ?? "nothing", $0.message) }
            if function == .premium { differences += Self.differences(cloud.sns.notifications) }
            for (id, words) in told {
                guard let change = changes[id] else { continue }
                let problem =
                    function == .normal
                    ? ProcessorWords.problem(line: words, of: change)
                    : ProcessorWords.problem(notification: words, of: change)
                if let problem { differences.append("\(function.rawValue) tells of \(id): \(problem), in \(words)") }
            }
            let letters = cloud.sqs.bodies(function.deadLetterQueueURL)
                .map { (DeadLetters.member("eventID", $0) ?? "nothing", DeadLetters.member("record", $0) ?? "") }
            for (id, record) in letters {
                guard let change = changes[id], DeadLetters.base64(record) != text(change) else { continue }
                differences.append("\(function.rawValue): the dead letter of \(id) does not hold its change")
            }
            let done = Set(told.map(\.0))
            differences += deliveries.differences(function, "processed", told.map(\.0), wanted: wanted)
            let sent = cloud.sqs.sentBodies(function.deadLetterQueueURL).map {
                DeadLetters.member("eventID", $0) ?? "nothing"
            }
            differences += deliveries.differences(function, "dead-lettered", sent, wanted: poison)
            for (noun, want, have) in [("processed", wanted, done), ("dead-lettered", poison, Set(letters.map(\.0)))] {
                for id in want.subtracting(have).subtracting(doomed).sorted() {
                    differences.append("\(function.rawValue): \(id) was not \(noun)")
                }
                for id in have.subtracting(want).sorted() {
                    differences.append("\(function.rawValue): \(id) was \(noun), which it should not be")
                }
            }
        }
        return differences
    }

    /// The lines of the normal processor's log that tell of an order, each with the event id of its change.
    private static func processed(_ log: [UInt8]) -> [(id: String, line: String)] {
        log.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let line = Array(line)
            guard Bytes.range(of: Array("\"normal order processed\"".utf8), in: line) != nil else { return nil }
            let text = String(decoding: line, as: UTF8.self)
            return (DeadLetters.member("event_id", text) ?? "nothing", text)
        }
    }

    /// Every repetition of a notification says the same.
    private static func differences(_ notifications: [SimulatedSNS.Notification]) -> [String] {
        var contents: [String: String] = [:]
        var differences: [String] = []
        for notification in notifications {
            let id = notification.attributes["eventID"] ?? "nothing"
            if let before = contents.updateValue(notification.message, forKey: id), before != notification.message {
                differences.append("two notifications of \(id) differ: \(before) and \(notification.message)")
            }
            if DeadLetters.member("eventID", notification.message) != id {
                differences.append("the notification of \(id) names another change: \(notification.message)")
            }
        }
        return differences
    }
}
