internal import AWSClient
internal import SimulatedAWS

/// Everything that a replay must not change, as lines.
struct Snapshot {
    private var parts: [(name: String, lines: [String])] = []

    /// `checkpoints` are the keys of those that the replay may write.
    init(_ cloud: borrowing Cloud, without checkpoints: [String]) {
        for name in ["Analytics", "Checkpoints", "Orders"] {
            let items = cloud.dynamoDB[name].sortedItems.filter { item in
                // What processes tried is no state of the pipeline.
                guard item["attempts"] == nil else { return false }
                return name != "Checkpoints" || !checkpoints.contains(item["checkpoint"]?.string ?? "")
            }
            let lines = items.map { item in
                name == "Checkpoints" ? item.filter { $0.key != "updatedAt" }.json : item.json
            }
            self.parts.append((name, lines))
        }
        self.parts.append(("the archive", cloud.s3.keys("archive")))
        self.parts.append(("the changes of orders", ["\(cloud.dynamoDB["Orders"].changes.count)"]))
        self.parts.append(("the dead letters", cloud.sqs.bodies(FunctionName.aggregator.deadLetterQueueURL)))
    }

    func differences(since before: Snapshot) -> [String] {
        zip(before.parts, self.parts).compactMap { old, new in
            guard old.lines != new.lines else { return nil }
            let known = Set(old.lines)
            return "\(new.name): \(new.lines.first { !known.contains($0) } ?? "something is gone")"
        }
    }
}
