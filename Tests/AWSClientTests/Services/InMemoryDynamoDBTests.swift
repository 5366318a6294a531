internal import AWSClient
internal import TestSupport
internal import Testing

/// The fake is only worth something while it behaves like the service.
@Suite struct InMemoryDynamoDBTests {
    private let database = InMemoryDynamoDB(tables: ["T": ["PK", "SK"], "Orders": ["orderId"]])
    private let key: AttributeMap = ["PK": .s("a"), "SK": .s("b")]

    private func add(_ amount: String, condition: String? = nil) -> UpdateItemInput {
        UpdateItemInput(
            tableName: "T",
            key: self.key,
            updateExpression: "SET #v = if_not_exists(#v, :zero) + :amount ADD Units :amount",
            conditionExpression: condition,
            attributes: .init(names: ["#v": "Value"], values: [":amount": .n(amount), ":zero": .n("0")]),
            returnValues: .allNew
        )
    }

    private func marker(_ id: String) -> TransactWriteItem {
        .put(
            PutItemInput(
                tableName: "T",
                item: ["PK": .s("EVENT#\(id)"), "SK": .s("EVENT")],
                conditionExpression: "attribute_not_exists(PK)",
                returnsItemOnConditionCheckFailure: true
            )
        )
    }

    @Test func sumsExactly() async throws {
        _ = try await self.database.updateItem(self.add("99999999999999999999999999999.000000001"), deadline: nil)
        let item = try await self.database.updateItem(self.add("0.000000009"), deadline: nil)
        #expect(item["Value"] == .n("99999999999999999999999999999.00000001"))
        #expect(item["Units"] == item["Value"])
    }

    @Test func refusesNumbersOfMoreThan38Digits() async throws {
        let long = await #expect(throws: AWSError.self) {
            try await self.database.updateItem(self.add(String(repeating: "9", count: 39)), deadline: nil)
        }
        #expect(long?.code == .validation)
        _ = try await self.database.updateItem(self.add(String(repeating: "9", count: 38)), deadline: nil)
        let overflow = await #expect(throws: AWSError.self) {
            try await self.database.updateItem(self.add("0.1"), deadline: nil)
        }
        #expect(overflow?.code == .validation)
    }

    @Test func aTransactionHappensWhollyOrNotAtAll() async throws {
        try await self.database.transactWriteItems(
            .init(transactItems: [self.marker("1"), .update(self.add("1"))]),
            deadline: nil
        )
        let again = TransactWriteItemsInput(transactItems: [
            .update(self.add("1")), self.marker("2"), self.marker("1"),
        ])
        let error = await #expect(throws: AWSError.self) {
            try await self.database.transactWriteItems(again, deadline: nil)
        }
        #expect(error?.code == .transactionCanceled)
        #expect(error?.cancellationReasons.map(\.code) == [.none, .none, .conditionalCheckFailed])
        #expect(error?.cancellationReasons.last?.item?["PK"] == .s("EVENT#1"))
        #expect(self.database.item(in: "T", self.key)?["Value"] == .n("1"))
        #expect(self.database.items(in: "T").count == 2)
    }

    @Test func theSameTokenTakesEffectOnce() async throws {
        let input = TransactWriteItemsInput(transactItems: [.update(self.add("1"))], clientRequestToken: "t")
        try await self.database.transactWriteItems(input, deadline: nil)
        try await self.database.transactWriteItems(input, deadline: nil)
        #expect(self.database.item(in: "T", self.key)?["Value"] == .n("1"))
        let other = TransactWriteItemsInput(transactItems: [.update(self.add("2"))], clientRequestToken: "t")
        let error = await #expect(throws: AWSError.self) {
            try await self.database.transactWriteItems(other, deadline: nil)
        }
        #expect(error?.code == .idempotentParameterMismatch)
    }

    @Test func refusesTransactionsThatDynamoDBRefuses() async throws {
        let sameItem = [TransactWriteItem.update(self.add("1")), .update(self.add("2"))]
        let tooMany = (0...100).map { self.marker("\($0)") }
        for items in [sameItem, tooMany, []] {
            let error = await #expect(throws: AWSError.self) {
                try await self.database.transactWriteItems(.init(transactItems: items), deadline: nil)
            }
            #expect(error?.code == .validation)
        }
        #expect(self.database.items(in: "T").isEmpty)
    }

    @Test(arguments: [
        ("attribute_exists(orderId) AND #s = :pending", true),
        ("NOT attribute_exists(missing) AND amount BETWEEN :low AND :high", true),
        ("(#s = :shipped OR amount > :low) AND versions.#s < :later", true),
        ("#s IN (:shipped, :pending)", true),
        ("begins_with(orderId, :o) AND size(orderId) = :three", true),
        ("amount <> :same", false),
        ("missing = :low", false),
        ("missing <> :low", true),
        ("contains(orderId, :shipped)", false),
    ])
    func evaluatesConditions(condition: String, holds: Bool) async throws {
        let item: AttributeMap = [
            "orderId": .s("O-1"), "status": .s("pending"), "amount": .n("150.50"),
            "versions": .m(["status": .s("2025-05-03")]),
        ]
        try await self.database.putItem(.init(tableName: "Orders", item: item), deadline: nil)
        let values: AttributeMap = [
            ":pending": .s("pending"), ":shipped": .s("shipped"), ":low": .n("100"), ":high": .n("150.5"),
            ":later": .s("2025-05-04"), ":o": .s("O"), ":three": .n("3"), ":same": .n("150.5"),
        ]
        let check = PutItemInput(
            tableName: "Orders",
            item: item,
            conditionExpression: condition,
            attributes: .init(
                names: condition.contains("#s") ? ["#s": "status"] : [:],
                values: values.filter { value in
                    condition.split { !($0.isLetter || $0 == ":") }.contains(Substring(value.key))
                }
            )
        )
        if holds {
            try await self.database.putItem(check, deadline: nil)
        } else {
            let error = await #expect(throws: AWSError.self) {
                try await self.database.putItem(check, deadline: nil)
            }
            #expect(error?.code == .conditionalCheckFailed)
        }
    }

    @Test(arguments: [
        UpdateItemInput(tableName: "T", key: ["PK": .s("a")], updateExpression: "SET a = b"),
        UpdateItemInput(tableName: "T", key: ["PK": .s(""), "SK": .s("b")], updateExpression: "REMOVE a"),
        UpdateItemInput(
            tableName: "T",
            key: ["PK": .s("a"), "SK": .s("b")],
            updateExpression: "SET status = :s",
            attributes: .init(values: [":s": .s("reserved word")])
        ),
        UpdateItemInput(
            tableName: "T",
            key: ["PK": .s("a"), "SK": .s("b")],
            updateExpression: "SET a = :s",
            attributes: .init(values: [":s": .s("used"), ":t": .s("unused")])
        ),
        UpdateItemInput(tableName: "T", key: ["PK": .s("a"), "SK": .s("b")], updateExpression: "SET a = :s"),
        UpdateItemInput(
            tableName: "T",
            key: ["PK": .s("a"), "SK": .s("b")],
            updateExpression: "SET m.a = :s",
            attributes: .init(values: [":s": .s("no map m")])
        ),
    ])
    func refusesWhatDynamoDBRefuses(input: UpdateItemInput) async throws {
        let error = await #expect(throws: AWSError.self) {
            try await self.database.updateItem(input, deadline: nil)
        }
        #expect(error?.code == .validation)
    }

    @Test func faultsHappenBeforeOrAfterTheEffect() async throws {
        self.database.faults.setPlan { call in
            switch call.index {
            case 0: .before(.example(.connectionFailed))
            case 1: .after(.example(.connectionLost, mayHaveBeenApplied: true))
            default: nil
            }
        }
        await #expect(throws: AWSError.self) { try await self.database.updateItem(self.add("1"), deadline: nil) }
        #expect(self.database.items(in: "T").isEmpty)
        await #expect(throws: AWSError.self) { try await self.database.updateItem(self.add("1"), deadline: nil) }
        #expect(self.database.item(in: "T", self.key)?["Value"] == .n("1"))
        #expect(self.database.faults.operations == ["UpdateItem", "UpdateItem"])
    }
}
