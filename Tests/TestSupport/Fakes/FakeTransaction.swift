internal import AWSClient

/// A transaction on copies of the tables, which take their place if all of it happened.
struct FakeTransaction {
    private(set) var tables: [String: FakeTable]

    init(tables: [String: FakeTable]) {
        self.tables = tables
    }

    mutating func perform(_ actions: [TransactWriteItem]) throws {
        guard (1...100).contains(actions.count) else {
            throw FakeTable.Failure.validation("a transaction has 1 to 100 actions, not \(actions.count)")
        }
        var touched: Set<[String]> = []
        var reasons: [CancellationReason] = []
        for action in actions {
            guard let table = self.tables[action.tableName] else { throw FakeTable.Failure.noTable(action.tableName) }
            guard touched.insert([action.tableName] + (try table.key(of: action))).inserted else {
                throw FakeTable.Failure.validation("a transaction cannot include multiple operations on one item")
            }
            do {
                try self.tables[action.tableName]?.perform(action)
                reasons.append(CancellationReason(code: .none))
            } catch FakeTable.Failure.conditionalCheckFailed(let item) {
                reasons.append(CancellationReason(code: .conditionalCheckFailed, message: "", item: item))
            } catch FakeTable.Failure.validation(let message) {
                reasons.append(CancellationReason(code: .validationError, message: message))
            }
        }
        if reasons.contains(where: { $0.code != .none }) { throw FakeTable.Failure.cancelled(reasons) }
    }
}

extension TransactWriteItem {
    fileprivate var tableName: String {
        switch self {
        case .put(let input): input.tableName
        case .update(let input): input.tableName
        }
    }
}

extension FakeTable {
    fileprivate func key(of action: TransactWriteItem) throws -> [String] {
        switch action {
        case .put(let input): try self.key(input.item)
        case .update(let input): try self.key(input.key)
        }
    }
}
