internal import AWSClient
internal import SimulatedAWS

/// Whether the processors did what each change asks for: at least once, and nothing else.
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
    static func differences(_ pipes: [any ChangeSource], log: [UInt8], _ cloud: borrowing Cloud) -> [String] {
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
            let done: Set<String>
            if function == .normal {
                done = Self.processed(log)
            } else {
                done = Set(cloud.sns.notifications.map { $0.attributes["eventID"] ?? "nothing" })
                differences += Self.differences(cloud.sns.notifications)
            }
            let letters = Set(
                cloud.sqs.bodies(function.deadLetterQueueURL).map { DeadLetters.member("eventID", $0) ?? "nothing" }
            )
            for (noun, want, have) in [("processed", wanted, done), ("dead-lettered", poison, letters)] {
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

    /// The event ids in the normal processor's log.
    private static func processed(_ log: [UInt8]) -> Set<String> {
        var ids: Set<String> = []
        for line in log.split(separator: UInt8(ascii: "\n")) {
            let line = Array(line)
            guard Bytes.range(of: Array("\"normal order processed\"".utf8), in: line) != nil else { continue }
            ids.insert(DeadLetters.member("event_id", String(decoding: line, as: UTF8.self)) ?? "nothing")
        }
        return ids
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
