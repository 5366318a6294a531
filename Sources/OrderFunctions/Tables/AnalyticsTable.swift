package import AWSClient
internal import JSONText
package import LambdaEvents
package import Orders
package import Platform

/// The Analytics table: counters per UTC day, and the claims that make each event count once.
///
/// Every key and attribute of its items is written and read here.
package struct AnalyticsTable: Sendable {
    /// The format of the items, which they carry.
    package static let format = 2

    private let name: String
    private let claimLifetime: Duration
    private let retention: Duration

    /// For `claimLifetime` after its owner's arrival a claim makes its event count once; the stream keeps a record for
    /// `retention`.
    package init(name: String, claimLifetime: Duration, retention: Duration) {
        self.name = name
        self.claimLifetime = claimLifetime
        self.retention = retention
    }

    private static let formatValue = AttributeValue.n(String(Self.format))

    /// Whether an item is of this version's format, or says nothing of one.
    static func isOfThisFormat(_ item: AttributeMap) -> Bool {
        item[StoredFormat.attribute].map { $0 == self.formatValue } ?? true
    }
}

// MARK: Rows

extension AnalyticsTable {
    /// What the names of the attributes begin with that say how far a row has counted a shard.
    package static let positionPrefix = "at:"

    /// The attribute that says how far a row has counted a shard: `at:<stream>:<number>`, the stream as the first eight digits
    /// of its name's SHA-256.
    ///
    /// Numbers of shards, and perhaps of records, begin anew with each stream; the name tells streams apart, since CloudFormation
    /// makes another one for each. It is short because a row has one for each shard, and pays for each KB begun.
    package static func positionAttribute(stream: String, shardID: String) -> String {
        let stream = Hexadecimal.text(Array(Digest.sha256(Array(stream.utf8)).prefix(4)))
        let prefix = "shardId-".utf8
        let number = shardID.utf8.dropFirst(prefix.count)
        var shard = Self.otherShardPrefix
        if shardID.utf8.starts(with: prefix), number.count == 12, number.allSatisfy({ $0.isASCIIDigit }) {
            let digits = number.drop { $0 == UInt8(ascii: "0") }
            shard = digits.isEmpty ? "0" : String(decoding: digits, as: UTF8.self)
        } else {
            shard += Hexadecimal.text(Array(Digest.sha256(Array(shardID.utf8)).prefix(12)))
        }
        return Self.positionPrefix + stream + ":" + shard
    }

    /// What stands before the digest of a shard's name that is not as Kinesis gives them: that of a redrive.
    private static let otherShardPrefix = "x"

    /// Whether a row's attribute is the position of a redrive.
    package static func isPositionOfRedrive(_ attribute: String) -> Bool {
        guard attribute.hasPrefix(Self.positionPrefix), let end = attribute.utf8.lastIndex(of: UInt8(ascii: ":")) else {
            return false
        }
        return attribute[attribute.utf8.index(after: end)...].hasPrefix(Self.otherShardPrefix)
    }

    /// How far a row has counted a shard; nil where its attribute does not say it.
    package static func position(_ attribute: String, in row: AttributeMap) -> SequenceNumber? {
        row[attribute]?.string.flatMap { SequenceNumber(sortable: $0) }
    }

    /// The attribute that says how far a row has counted the shard of a record; of a redrive, which is alone in its shard, whether it
    /// has counted it.
    static func positionAttribute(of record: StreamPlace) -> String {
        self.positionAttribute(stream: record.stream, shardID: record.shardID)
    }

    /// Adds to a row if it has not counted these records of the shard yet; a refusal brings the row as it is.
    func update(_ update: RowUpdate, position: String) -> UpdateItemInput {
        var attributes = ExpressionAttributes(
            names: ["#at": position, "#format": StoredFormat.attribute],
            values: [":last": .s(update.last.sortable), ":format": Self.formatValue]
        )
        var expression = "ADD"
        for (index, counter) in update.row.delta.attributes.enumerated() {
            attributes.names["#\(index)"] = counter.name
            attributes.values[":\(index)"] = .n(counter.number)
            expression += "\(index == 0 ? "" : ",") #\(index) :\(index)"
        }
        expression += " SET #at = :last, #format = :format"
        var condition: String
        switch update.expectation {
        case .before(let first):
            condition = "attribute_not_exists(#at) OR #at < :read"
            attributes.values[":read"] = .s(first.sortable)
        case .at(let number):
            condition = "#at = :read"
            attributes.values[":read"] = .s(number.sortable)
        }
        condition = "(\(condition)) AND (attribute_not_exists(#format) OR #format = :format)"
        for (index, record) in update.excluded.sorted(by: { $0.text < $1.text }).enumerated() {
            attributes.names["#excluded\(index)"] = Self.positionAttribute(of: record)
            attributes.values[":excluded\(index)"] = .s(record.number.sortable)
            expression += ", #excluded\(index) = :excluded\(index)"
            condition += " AND attribute_not_exists(#excluded\(index))"
        }
        return UpdateItemInput(
            tableName: self.name,
            key: Self.key(of: update.row.key),
            updateExpression: expression,
            conditionExpression: condition,
            attributes: attributes,
            returnsItemOnConditionCheckFailure: true
        )
    }

    /// Adds to rows that have all their counters and the shard's position, each if it has not counted these records yet: all are
    /// expected before the same record, and get the same position.
    ///
    /// Nothing is added to a row that lacks any of them: that needs an update of its own, which makes what is missing.
    func update(_ updates: [RowUpdate], position: String) -> UpdateItemsInput {
        var texts = RowTexts()
        var forms = RowForms(position: position)
        let last = AttributeValue.s(updates[0].last.sortable)
        let bound = AttributeValue.s(updates[0].expectation.number.sortable)
        let changes = updates.map { update in
            var values: [AttributeValue] = []
            values.reserveCapacity(RowForms.mostNames)
            update.row.delta.forEachNumber { values.append(.n($0)) }
            values.append(last)
            values.append(texts.partitionKey(of: update.row.key))
            values.append(.s(update.row.key.sortKey))
            values.append(Self.formatValue)
            values.append(bound)
            return UpdateItemsInput.Change(forms.form(of: update), values)
        }
        return UpdateItemsInput(tableName: self.name, changes: changes)
    }

    /// Puts rows that were not there, each if that is still so.
    func create(_ updates: [RowUpdate], position: String) -> InsertItemsInput {
        var texts = RowTexts()
        var item = ItemAttributesBuilder()
        let last = AttributeValue.s(updates[0].last.sortable)
        let items = updates.map { update in
            item.add("PK", texts.partitionKey(of: update.row.key))
            item.add("SK", .s(update.row.key.sortKey))
            for counter in update.row.delta.attributes { item.add(counter.name, .n(counter.number)) }
            item.add(position, last)
            item.add(StoredFormat.attribute, Self.formatValue)
            return item.finish()
        }
        return InsertItemsInput(tableName: self.name, items: items)
    }

    /// Reads how far rows have counted a shard, at most 100.
    ///
    /// What only says which request is worth trying may be somewhat old, for half the price.
    func read(_ rows: [CounterKey], position: String, isConsistent: Bool) -> BatchGetItemInput {
        BatchGetItemInput(
            tableName: self.name,
            keys: rows.map(Self.key),
            projectionExpression: "PK, SK, #at, #format",
            names: ["#at": position, "#format": StoredFormat.attribute],
            consistentRead: isConsistent
        )
    }

    /// The names of those of the rows that have counted a record, or one behind it of the same shard.
    static func names(ofRows items: [AttributeMap], thatHave record: StreamPlace) -> Set<RowName> {
        let position = self.positionAttribute(of: record)
        let counted = items.filter { item in self.position(position, in: item).map { record.number <= $0 } ?? false }
        return Set(counted.compactMap { RowName($0) })
    }

    /// The key of a row's item.
    static func key(of row: CounterKey) -> AttributeMap { ["PK": .s(row.partitionKey), "SK": .s(row.sortKey)] }

    /// A whole row, as additions leave it, but for the positions.
    package static func item(of row: CounterRow) -> AttributeMap {
        var item: AttributeMap = ["PK": .s(row.key.partitionKey), "SK": .s(row.key.sortKey)]
        for counter in row.delta.attributes { item[counter.name] = .n(counter.number) }
        item[StoredFormat.attribute] = self.formatValue
        return item
    }
}

// MARK: Claims

extension AnalyticsTable {
    /// The attributes of a claim beside its key, `format` and `digest`.
    private enum Claim {
        static let expiry = "expiresAt"
        static let stream = "stream"
        static let shardID = "shardId"
        static let number = "sequenceNumber"
        static let part = "subSequenceNumber"
        static let arrival = "arrivedAt"
        static let day = "day"
        static let rowsCountedBefore = "rowsCountedBefore"
        static let formerOwners = "formerOwners"
        /// All that is read.
        static let read = [
            "PK", "SK", StoredFormat.attribute, EventDigest.attribute, Self.stream, Self.shardID, Self.number,
            Self.part, Self.arrival, Self.day, Self.rowsCountedBefore, Self.formerOwners,
        ]
    }

    /// For how long after the owner's arrival a claim makes its event count once, in seconds.
    var claimSeconds: Int64 { self.claimLifetime.components.seconds }

    /// For how long the stream keeps a record, in seconds.
    var retentionSeconds: Int64 { self.retention.components.seconds }

    /// Puts claims, each if there is none of its key.
    func insert(_ claims: [EventClaim], now: UTCInstant) -> InsertItemsInput {
        let expiry = self.expiry(now: now)
        var item = ItemAttributesBuilder()
        let items = claims.map { claim in
            item.add("PK", .s(claim.marker.partitionKey))
            item.add("SK", .s(claim.marker.sortKey))
            Self.addContent(of: claim, expiry: expiry, to: &item)
            return item.finish()
        }
        return InsertItemsInput(tableName: self.name, items: items)
    }

    /// Reads claims by their keys.
    func read(_ markers: [EventMarker]) -> BatchGetItemInput {
        let names = Dictionary(uniqueKeysWithValues: Claim.read.map { ("#" + $0, $0) })
        return BatchGetItemInput(
            tableName: self.name,
            keys: markers.map(self.key),
            projectionExpression: names.keys.sorted().joined(separator: ", "),
            names: names
        )
    }

    /// Gives a claim another owner, if it still has the one that was read.
    func takeOver(_ claim: EventClaim, from stored: EventClaim, now: UTCInstant) -> UpdateItemInput {
        var item = ItemAttributesBuilder()
        Self.addContent(of: claim, expiry: self.expiry(now: now), to: &item)
        let content = item.finish().list
        var attributes = ExpressionAttributes(
            names: ["#shard": Claim.shardID, "#number": Claim.number],
            values: [":shard": .s(stored.owner.shardID), ":number": .s(stored.owner.number.sortable)]
        )
        var sets: [String] = []
        for (index, attribute) in content.enumerated() {
            attributes.names["#\(index)"] = attribute.name
            attributes.values[":\(index)"] = attribute.value
            sets.append("#\(index) = :\(index)")
        }
        let optional = [
            Claim.part, Claim.arrival, Claim.day, Claim.rowsCountedBefore, Claim.formerOwners, EventDigest.attribute,
        ]
        let removed = optional.filter { name in !content.contains { $0.name == name } }
        for (index, name) in removed.enumerated() { attributes.names["#removed\(index)"] = name }
        let removal = removed.indices.map { "#removed\($0)" }.joined(separator: ", ")
        return UpdateItemInput(
            tableName: self.name,
            key: self.key(claim.marker),
            updateExpression: "SET " + sets.joined(separator: ", ") + (removed.isEmpty ? "" : " REMOVE " + removal),
            conditionExpression: "#shard = :shard AND #number = :number",
            attributes: attributes
        )
    }

    /// The claim in an item; nil for an item that this version does not understand.
    static func claim(in item: AttributeMap) -> EventClaim? {
        guard item[StoredFormat.attribute] == Self.formatValue, let marker = Self.marker(in: item),
            let stream = item[Claim.stream]?.string, let shardID = item[Claim.shardID]?.string,
            let number = item[Claim.number]?.string.flatMap({ SequenceNumber(sortable: $0) })
        else { return nil }
        let part = item[Claim.part]?.number.flatMap { Int($0) }
        let formerOwners = Self.texts(item[Claim.formerOwners]).map { StreamPlace(text: $0) }
        // Without all of them a row might count the event twice.
        guard !formerOwners.contains(nil) else { return nil }
        return EventClaim(
            marker: marker,
            owner: StreamPlace(stream: stream, shardID: shardID, number: number, part: part),
            arrival: item[Claim.arrival]?.number.flatMap { Int64($0) },
            digest: EventDigest.stored(in: item),
            day: item[Claim.day]?.number.flatMap { UInt32($0) }.map { Day(number: $0) },
            rowsCountedBefore: Set(Self.texts(item[Claim.rowsCountedBefore]).map { RowName(text: $0) }),
            formerOwners: Set(formerOwners.compactMap { $0 })
        )
    }

    private static func texts(_ value: AttributeValue?) -> [String] {
        if case .ss(let texts)? = value { texts } else { [] }
    }

    private static func marker(in item: AttributeMap) -> EventMarker? {
        guard let key = item["PK"]?.string, key.utf8.starts(with: EventMarker.prefix.utf8),
            let id = Identifier(String(decoding: key.utf8.dropFirst(EventMarker.prefix.utf8.count), as: UTF8.self))
        else { return nil }
        return [EventMarker.Scope.whole, .letter, .invalid].lazy.map { EventMarker(id: id, scope: $0) }
            .first { .s($0.sortKey) == item["SK"] }
    }

    private func key(_ marker: EventMarker) -> AttributeMap {
        ["PK": .s(marker.partitionKey), "SK": .s(marker.sortKey)]
    }

    /// When DynamoDB may delete a claim that is put at the instant `now`.
    ///
    /// Two arrivals decide whether a claim is over, whenever DynamoDB deletes the item. That is not before anybody can still
    /// ask: a record that came in time is handled within its stream's retention, or its dead letter is redriven as long as the
    /// queue keeps it. `orders redrive` leaves what is older.
    package func claimEnd(putAt now: UTCInstant) -> UTCInstant {
        now + self.claimLifetime + self.retention + Self.letterRetention
    }

    private func expiry(now: UTCInstant) -> AttributeValue {
        .n(String(self.claimEnd(putAt: now).secondsSince1970))
    }

    /// How long a queue keeps a dead letter: 14 days, as in the template, which is SQS's longest.
    package static let letterRetention: Duration = .seconds(14 * 86_400)

    /// Adds all of a claim but its key.
    private static func addContent(
        of claim: EventClaim,
        expiry: AttributeValue,
        to item: inout ItemAttributesBuilder
    ) {
        item.add(Claim.expiry, expiry)
        item.add(StoredFormat.attribute, Self.formatValue)
        item.add(Claim.stream, .s(claim.owner.stream))
        item.add(Claim.shardID, .s(claim.owner.shardID))
        item.add(Claim.number, .s(claim.owner.number.sortable))
        if let part = claim.owner.part { item.add(Claim.part, .n(String(part))) }
        if let arrival = claim.arrival { item.add(Claim.arrival, .n(String(arrival))) }
        if let digest = claim.digest { item.add(EventDigest.attribute, .s(digest)) }
        if let day = claim.day { item.add(Claim.day, .n(String(day.number))) }
        if !claim.rowsCountedBefore.isEmpty {
            item.add(Claim.rowsCountedBefore, .ss(claim.rowsCountedBefore.sorted().map(\.text)))
        }
        if !claim.formerOwners.isEmpty { item.add(Claim.formerOwners, .ss(claim.formerOwners.map(\.text).sorted())) }
    }
}
