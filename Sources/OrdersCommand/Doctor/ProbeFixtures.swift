internal import AWSClient
internal import AWSOperations
internal import Orders
internal import Platform

/// Requests of a probe whose only use is their answers, which `--record` keeps: what of AWS's behaviour the pipeline relies
/// on, and no look at a stack shows.
struct ProbeFixtures: Sendable {
    /// Empty pages in a row after which an open shard has no more for now.
    private static let maximumEmptyPages = 3
    /// Pages of one shard: by then others write more than the probe waits for.
    private static let maximumPages = 50

    let access: AWSAccess
    let resources: StackResources
    /// The stream of the Orders table; nil where the stack has none.
    let streamARN: String?
    /// Where each open shard of that stream stood before the probe.
    private var marks: [String] = []

    init(access: AWSAccess, resources: StackResources, streamARN: String?) {
        self.access = access
        self.resources = resources
        self.streamARN = streamARN
    }

    /// Remembers where the table's stream stands, so that the probe's changes are found among the latest.
    mutating func markStream() async throws(AWSError) {
        guard let streamARN else { return }
        let client = DynamoDBStreamsClient(session: self.access.session)
        let stream = try await client.describeStream(streamARN: streamARN, deadline: self.access.deadline)
        for shard in stream.shards where shard.endingSequenceNumber == nil {
            self.marks.append(
                try await client.getShardIterator(
                    streamARN: streamARN,
                    shardID: shard.shardID,
                    position: .latest,
                    deadline: self.access.deadline
                )
            )
        }
    }

    /// The changes as a Pipe gets them: what the table's stream says of these orders.
    func changes(of ids: Set<OrderID>) async -> Finding {
        let subject = "probes, changes of the Orders table"
        guard let streamARN else { return .untold(subject, "the table has no stream") }
        let client = DynamoDBStreamsClient(session: self.access.session)
        var found: Set<OrderID> = []
        do throws(AWSError) {
            for mark in self.marks {
                var (iterator, pages, emptyPages): (String?, Int, Int) = (mark, 0, 0)
                while let current = iterator, emptyPages < Self.maximumEmptyPages, pages < Self.maximumPages,
                    found.count < ids.count
                {
                    let page = try await client.getRecords(
                        shardIterator: current,
                        limit: nil,
                        deadline: self.access.deadline
                    )
                    for record in page.records {
                        let change = TableChange(record, shardID: "", streamARN: streamARN)
                        if let change, let id = OrderID(change.orderID.text), ids.contains(id) { found.insert(id) }
                    }
                    pages += 1
                    emptyPages = page.records.isEmpty ? emptyPages + 1 : 0
                    iterator = page.nextShardIterator
                }
            }
        } catch {
            return .ill(subject, "cannot be read: \(error)", "orders doctor --help names the permissions it needs")
        }
        let state = "of \(found.count) of \(ids.count.counting("order"))"
        guard found.count < ids.count else { return .well(subject, state) }
        return .ill(subject, state, "the table's stream is enabled with both images, and keeps 24 hours")
    }

    /// Writes whose conditions fail: by the answers the pipeline knows what is there already.
    ///
    /// - Parameter id: an order that is in the Orders table, and stays as it is.
    func refusals(of id: String) async -> Finding {
        let subject = "probes, conditions that fail"
        var wrong: [String] = []
        for (name, code, call) in self.refusedCalls(of: id) {
            do throws(AWSError) {
                try await call()
                wrong.append("\(name) was not refused")
            } catch {
                if error.code != code { wrong.append("\(name): \(error)") }
            }
        }
        do throws(AWSError) {
            let s3 = S3Client(session: self.access.session)
            try await s3.deleteObject(
                bucket: self.resources.archiveBucket,
                key: Self.objectKey(of: id),
                deadline: self.access.deadline
            )
        } catch {
            wrong.append("\(Self.objectKey(of: id)) cannot be deleted: \(error)")
        }
        guard !wrong.isEmpty else { return .well(subject, "a put, updates, an insert and an object are refused") }
        return .ill(subject, wrong.joined(separator: ", "), "orders doctor --help names the permissions it needs")
    }

    /// Below the prefix whose objects expire, should the deletion fail.
    private static func objectKey(of id: String) -> String { "dead-letters/orders-doctor/\(id)" }

    private typealias RefusedCall = (
        name: String, code: AWSError.Code, call: @Sendable () async throws(AWSError) -> Void
    )

    private func refusedCalls(of id: String) -> [RefusedCall] {
        let limit = CallLimit.attempts(before: self.access.deadline)
        let dynamoDB = DynamoDBClient(session: self.access.session)
        let s3 = S3Client(session: self.access.session)
        let (table, key) = (self.resources.ordersTable, ["orderId": AttributeValue.s(id)])
        let object = PutObjectInput(
            bucket: self.resources.archiveBucket,
            key: Self.objectKey(of: id),
            body: [],
            ifNoneMatch: true
        )
        return [
            (
                "PutItem", .conditionalCheckFailed,
                { () throws(AWSError) in
                    let input = PutItemInput(
                        tableName: table,
                        item: key,
                        conditionExpression: "attribute_not_exists(orderId)",
                        returnsItemOnConditionCheckFailure: true
                    )
                    try await dynamoDB.putItem(input, until: limit)
                }
            ),
            (
                "UpdateItem", .conditionalCheckFailed,
                { () throws(AWSError) in
                    let input = UpdateItemInput(
                        tableName: table,
                        key: key,
                        updateExpression: "SET #f = :f",
                        conditionExpression: "attribute_not_exists(orderId)",
                        attributes: ExpressionAttributes(names: ["#f": "format"], values: [":f": .n("1")]),
                        returnsItemOnConditionCheckFailure: true
                    )
                    try await dynamoDB.updateItem(input, until: limit)
                }
            ),
            (
                "BatchExecuteStatement", .duplicateItem,
                { () throws(AWSError) in
                    let input = InsertItemsInput(tableName: table, items: [key])
                    if let error = await dynamoDB.insertItems(input, until: limit)[0] { throw error }
                }
            ),
            (
                "BatchExecuteStatement", .conditionalCheckFailed,
                { () throws(AWSError) in
                    let change = UpdateItemsInput.Change(
                        key: [.init("orderId", .s(id))],
                        adds: [.init("versions", .n("1"))],
                        sets: [.init("status", .s("PROBED"))],
                        equal: [.init("format", .n("0"))]
                    )
                    let input = UpdateItemsInput(tableName: table, changes: [change])
                    if let error = await dynamoDB.updateItems(input, until: limit)[0] { throw error }
                }
            ),
            (
                "PutObject", .preconditionFailed,
                { () throws(AWSError) in
                    // The first puts it, the second is refused.
                    for _ in 0..<2 { try await s3.putObject(object, until: limit) }
                }
            ),
        ]
    }
}
