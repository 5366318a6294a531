package import AWSClient
package import Orders
package import Platform

/// The Analytics table: counters per UTC day, and the markers that make each event count once.
package struct AnalyticsTable: Sendable {
    /// The format of the items, which each marker and each day's total carries.
    package static let format = 1

    private let name: String
    private let lanes: Int
    private let markerLifetime: Duration

    /// `lanes` is the number of items that each counter row is spread over; `markerLifetime` must outlast the stream's
    /// retention.
    package init(name: String, lanes: Int, markerLifetime: Duration) {
        precondition(lanes >= 1, "the configuration is checked where it is read")
        self.name = name
        self.lanes = lanes
        self.markerLifetime = markerLifetime
    }

    /// The lane of a shard's counts; nil where rows are not spread.
    ///
    /// It follows from the shard's number: a new stream's shards are neighbours, and neighbours share a lane only where there
    /// are more shards than lanes.
    package func lane(of shardID: String) -> Int? {
        guard self.lanes > 1 else { return nil }
        let digits = shardID.utf8.reversed().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return digits.reversed().reduce(0) { ($0 * 10 + Int($1 - UInt8(ascii: "0"))) % self.lanes }
    }

    /// Reads a marker.
    package func read(_ marker: EventMarker) -> GetItemInput {
        GetItemInput(
            tableName: self.name,
            key: ["PK": .s(marker.partitionKey), "SK": .s(marker.sortKey)],
            consistentRead: true
        )
    }

    /// The actions of a chunk's transaction: the markers of `markedEvents`, then the rows, in the chunk's order.
    package func actions(of chunk: TransactionChunk, lane: Int?, now: UTCInstant) -> [TransactWriteItem] {
        let expiry = String((now + self.markerLifetime).secondsSince1970)
        let markers = chunk.events.lazy.filter(\.isMarked).map { self.put($0, expiry: expiry) }
        return Array(markers) + chunk.rows.map { self.add($0, lane: lane) }
    }

    /// An event's marker, which must not be there yet; the refusal brings the marker that is there, so that comparing the two
    /// takes no request of its own.
    private func put(_ event: CountableEvent, expiry: String) -> TransactWriteItem {
        let marker = event.marker
        var item: AttributeMap = [
            "PK": .s(marker.partitionKey), "SK": .s(marker.sortKey), "expiresAt": .n(expiry),
            StoredFormat.attribute: .n(String(Self.format)),
        ]
        if let digest = event.digest { item[EventDigest.attribute] = .s(digest) }
        return .put(
            PutItemInput(
                tableName: self.name,
                item: item,
                conditionExpression: "attribute_not_exists(PK)",
                returnsItemOnConditionCheckFailure: event.digest != nil
            )
        )
    }

    /// An addition to the row, whatever the row holds.
    ///
    /// The day's total, which every order adds to, stands for all rows of its day: where a later version has given the total
    /// another format, no order of the day is counted. A format in each row would cost each of them a condition.
    private func add(_ row: CounterRow, lane: Int?) -> TransactWriteItem {
        var attributes = ExpressionAttributes()
        var expression = "ADD"
        for (index, counter) in row.delta.attributes.enumerated() {
            attributes.names["#\(index)"] = counter.name
            attributes.values[":\(index)"] = .n(counter.number)
            expression += "\(index == 0 ? "" : ",") #\(index) :\(index)"
        }
        var condition: String?
        if case .orders = row.key {
            attributes.names["#format"] = StoredFormat.attribute
            attributes.values[":format"] = .n(String(Self.format))
            expression += " SET #format = :format"
            condition = "attribute_not_exists(#format) OR #format = :format"
        }
        return .update(
            UpdateItemInput(
                tableName: self.name,
                key: ["PK": .s(row.key.partitionKey), "SK": .s(row.key.sortKey(lane: lane))],
                updateExpression: expression,
                conditionExpression: condition,
                attributes: attributes
            )
        )
    }
}

extension AnalyticsTable {
    /// A whole row, as additions leave it that spread it over no lanes.
    package static func item(of row: CounterRow) -> AttributeMap {
        var item: AttributeMap = ["PK": .s(row.key.partitionKey), "SK": .s(row.key.sortKey)]
        for counter in row.delta.attributes { item[counter.name] = .n(counter.number) }
        if case .orders = row.key { item[StoredFormat.attribute] = .n(String(Self.format)) }
        return item
    }

    /// How many bytes a number of 38 digits takes, rounded up ("DynamoDB item sizes").
    private static let numberSize = 21
    /// How many bytes a row has at most besides its key's texts: names of keys and attributes, three numbers, and a lane.
    private static let attributesSize = 64 + 3 * Self.numberSize

    /// How many bytes a row has at most: a sort key has 1,024, a marker's partition key 512 and a few.
    static let greatestItemSize = 2_048

    /// An upper bound of the bytes that the row takes in a transaction.
    package static func itemSize(of key: CounterKey) -> Int {
        key.size + self.attributesSize
    }

    /// An upper bound of the bytes that the marker takes in a transaction.
    package static func itemSize(of marker: EventMarker) -> Int {
        marker.id.text.utf8.count + self.attributesSize
    }
}
