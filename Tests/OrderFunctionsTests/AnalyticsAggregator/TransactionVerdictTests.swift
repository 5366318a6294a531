import AWSClient
import OrderFunctions
import Orders
import Testing

@Suite struct TransactionVerdictTests {
    /// Reasons of a transaction of two markers, one row and the checkpoint, and what follows from them.
    @Test(
        arguments: [
            (["ConditionalCheckFailed", "None", "None", "None"], .drop([0], waits: false)),
            (["ConditionalCheckFailed", "ConditionalCheckFailed", "None", "None"], .drop([0, 1], waits: false)),
            (["None", "ConditionalCheckFailed", "TransactionConflict", "None"], .drop([1], waits: true)),
            (["None", "None", "TransactionConflict", "None"], .retry),
            (["ThrottlingError", "None", "ProvisionedThroughputExceeded", "None"], .retry),
            (["None", "None", "ValidationError", "None"], .split),
            (["None", "TransactionConflict", "ValidationError", "None"], .split),
            (["None", "None", "None", "ConditionalCheckFailed"], .checkpointMoved),
            (["None", "None", "ConditionalCheckFailed", "None"], .foreignFormat),
            (["None", "TransactionConflict", "ConditionalCheckFailed", "None"], .foreignFormat),
            (["ConditionalCheckFailed", "None", "ConditionalCheckFailed", "None"], .drop([0], waits: false)),
            (["ConditionalCheckFailed", "None", "None", "ConditionalCheckFailed"], .checkpointMoved),
            (["None", "None", "None", "TransactionConflict"], .retry),
            ([], .retry),
            (["None", "None", "AccessDenied", "None"], .stop),
            (["None", "None", "ItemCollectionSizeLimitExceeded", "None"], .stop),
        ] as [([String], TransactionVerdict)]
    )
    func `a cancellation is read reason by reason`(reasons: [String], verdict: TransactionVerdict) throws {
        let error = AWSError(
            code: .transactionCanceled,
            message: "",
            operation: "DynamoDB.TransactWriteItems",
            cancellationReasons: reasons.map { CancellationReason(code: .init(rawValue: $0)) }
        )
        #expect(TransactionVerdict(error, of: try Self.chunk()) == verdict)
    }

    @Test(
        arguments: [
            (.validation, .split), (.connectionLost, .retry), (.requestTimedOut, .retry), (.malformedResponse, .retry),
            (.init(rawValue: "ThrottlingException"), .retry),
            (.init(rawValue: "TransactionInProgressException"), .retry),
            (.init(rawValue: "InternalServerError"), .retry), (.deadlineExceeded, .stop), (.cancelled, .stop),
            (.accessDenied, .stop), (.resourceNotFound, .stop), (.untrustedServer, .stop),
        ] as [(AWSError.Code, TransactionVerdict)]
    )
    func `any other error is passing or not`(code: AWSError.Code, verdict: TransactionVerdict) throws {
        let error = AWSError(code: code, message: "", operation: "DynamoDB.TransactWriteItems")
        #expect(TransactionVerdict(error, of: try Self.chunk()) == verdict)
    }

    private static func chunk() throws -> TransactionChunk {
        let row = CounterRow(
            .orders(try #require(Timestamp("2025-08-27T18:08:00Z")).day),
            .orders(total: 1, successful: 1)
        )
        let events = try ["A", "B"].enumerated().map { index, id in
            CountableEvent(
                record: index,
                marker: EventMarker(id: try #require(Identifier(id))),
                isMarked: true,
                rows: [row]
            )
        }
        return try #require(ChunkPlanner(limits: .dynamoDB).chunks(of: events, lastRecord: 1).first)
    }
}
