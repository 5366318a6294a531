package import AWSClient
package import LambdaEvents
internal import OrderFunctions
package import Orders

/// The update that sets one row of the Analytics table to what the archive adds up to.
package struct RowRepair: Sendable {
    private let key: CounterKey
    private let delta: CounterDelta
    /// Up to where each shard is counted as a whole, by the attribute that rows have for it; of those alone whose records may
    /// still be delivered.
    private let counted: [String: SequenceNumber]

    /// A repair of the row to `delta`.
    package init(of key: CounterKey, to delta: CounterDelta, counted: [String: SequenceNumber]) {
        self.key = key
        self.delta = delta
        self.counted = counted
    }

    /// The update, under the condition that the row's counters are still those of `item`, and its positions of the shards that it
    /// sets.
    ///
    /// Whatever is counted meanwhile changes a counter, of other shards too. Names are short, since an expression has at most
    /// 4 KB: there is room for 250 shards.
    package func update(of tableName: String, over item: AttributeMap?) -> UpdateItemInput {
        var attributes = ExpressionAttributes()
        var (changes, conditions) = ([String](), [String]())
        for (index, counter) in self.delta.attributes.enumerated() {
            attributes.names["#\(index)"] = counter.name
            attributes.values[":\(index)"] = .n(counter.number)
            changes.append("#\(index)=:\(index)")
            if let read = item?[counter.name] {
                attributes.values[":r\(index)"] = read
                conditions.append("#\(index)=:r\(index)")
            } else if item != nil {
                conditions.append("attribute_not_exists(#\(index))")
            }
        }
        // The sum has all that is counted, so that nothing of it may be added by whoever comes late.
        for (index, position) in self.counted.sorted(by: { $0.key < $1.key }).enumerated() {
            attributes.names["#c\(index)"] = position.key
            attributes.values[":c\(index)"] = .s(position.value.sortable)
            changes.append("#c\(index)=:c\(index)")
            if let read = item?[position.key] {
                attributes.values[":p\(index)"] = read
                conditions.append("#c\(index)=:p\(index)")
            }
        }
        attributes.names["#format"] = "format"
        attributes.values[":format"] = .n(String(AnalyticsTable.format))
        changes.append("#format=:format")
        if item == nil { conditions = ["attribute_not_exists(PK)"] }
        return UpdateItemInput(
            tableName: tableName,
            key: ["PK": .s(self.key.partitionKey), "SK": .s(self.key.sortKey)],
            updateExpression: "SET " + changes.joined(separator: ","),
            conditionExpression: conditions.joined(separator: " AND "),
            attributes: attributes
        )
    }
}
