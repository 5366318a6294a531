/// What the aggregator says about its work.
enum Tallies {
    /// A batch that was never delivered before holds no duplicates, whatever happened to its requests.
    ///
    /// One request alone is left out: of one that arrives twice the second copy is refused, and where its answer is the one that
    /// comes back, nothing tells that the first was carried out.
    static func problems(_ mapping: KinesisMapping, _ records: [SentRecord], _ faults: [FaultStep]) -> [String] {
        let doubled = Set(
            faults.compactMap { step -> String? in
                guard case .request(_, .duplicated) = step.fault else { return nil }
                return "\(step.source), delivery \(step.delivery)"
            }
        )
        var times: [String: Int] = [:]
        for record in records { times[record.identity, default: 0] += 1 }
        var problems: [String] = []
        for delivery in mapping.deliveries where delivery.isFirst {
            guard !doubled.contains(delivery.outcome.requestID),
                delivery.records.allSatisfy({ times[$0.identity] == 1 }),
                let duplicates = Self.duplicates(delivery.outcome.log), duplicates != 0
            else { continue }
            problems.append(
                "\(delivery.outcome.requestID) took \(duplicates) of \(delivery.records.count) records for duplicates that were never delivered before"
            )
        }
        return problems
    }

    /// The number in the line "batch done"; nil where there is none, or more than one.
    private static func duplicates(_ log: [UInt8]) -> Int? {
        guard let line = Bytes.range(of: Array("\"batch done\"".utf8), in: log),
            Bytes.range(of: Array("\"batch done\"".utf8), in: log, from: line + 1) == nil
        else { return nil }
        let name = Array("\"duplicates\":".utf8)
        guard let place = Bytes.range(of: name, in: log, from: 0) else { return nil }
        let digits = log[(place + name.count)...].prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}
