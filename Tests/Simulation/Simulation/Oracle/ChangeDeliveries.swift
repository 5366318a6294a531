/// How often each change of an order was delivered to a processor and done, as far as that is certain.
///
/// A delivery that does a change tells of it once: by a line of the log, a notification or a dead letter. Where a request's
/// answer is lost, or a request arrives late or twice, a delivery may have told of it without knowing, and everything about
/// the change is left open.
struct ChangeDeliveries {
    private struct Tally {
        /// Deliveries that have not reported the change as failed.
        var done = 0
        /// Whether each delivery of the change did what it said, and nothing else.
        var isCertain = true
    }

    /// By the processor and the event id of the change.
    private var tallies: [FunctionName: [String: Tally]] = [:]

    /// Takes note of a delivery to a processor; others are left out.
    ///
    /// `failures` are the event ids that it has reported as failed, nil where that does not say what it did.
    mutating func add(_ function: FunctionName, _ event: [UInt8], failures: @autoclosure () -> [String]?) {
        guard function == .normal || function == .premium else { return }
        let reported = failures()
        for id in Self.eventIDs(event) {
            var tally = self.tallies[function]?[id] ?? Tally()
            if let reported {
                if !reported.contains(id) { tally.done += 1 }
            } else {
                tally.isCertain = false
            }
            self.tallies[function, default: [:]][id] = tally
        }
    }

    /// Where a processor told of a change more or less often than it was delivered, in words.
    ///
    /// `told` names a change each time that it was told of, and `wanted` are those of which a delivery has to tell.
    func differences(
        _ function: FunctionName,
        _ verb: String,
        _ told: [String],
        wanted: Set<String>
    ) -> [String] {
        var counts: [String: Int] = [:]
        for id in told { counts[id, default: 0] += 1 }
        var differences: [String] = []
        for (id, tally) in (self.tallies[function] ?? [:]).sorted(by: { $0.key < $1.key }) {
            let count = counts[id] ?? 0
            guard tally.isCertain, wanted.contains(id), count != tally.done else { continue }
            differences.append(
                "\(function.rawValue): \(id) was \(verb) \(count) times, by \(tally.done) deliveries that were done"
            )
        }
        return differences
    }

    /// The event ids of an event's changes: no text in it can look like one, since its quotes are escaped.
    private static func eventIDs(_ event: [UInt8]) -> [String] {
        let name = Array("\"eventID\":\"".utf8)
        var ids: [String] = []
        var place = Bytes.range(of: name, in: event)
        while let start = place.map({ $0 + name.count }) {
            ids.append(String(decoding: event[start...].prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self))
            place = Bytes.range(of: name, in: event, from: start)
        }
        return ids
    }
}
