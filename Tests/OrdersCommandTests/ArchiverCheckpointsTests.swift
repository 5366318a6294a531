import AWSClient
import Orders
import OrdersCommand
import TestSupport
import Testing

/// Which shards the archiver had, also those that no object and no stream names any more.
@Suite struct ArchiverCheckpointsTests {
    private static func reader(_ transport: ScriptedTransport) throws -> ArchiverCheckpoints {
        let time = ManualTime()
        return ArchiverCheckpoints(
            client: DynamoDBClient(session: try AWSSession.scripted(transport, time: time)),
            tableName: "Checkpoints",
            streamName: "orders",
            time: time
        )
    }

    private static func item(_ key: String, _ members: String) -> String {
        #"{"checkpoint":{"S":"\#(key)"},\#(members)}"#
    }

    @Test func `a scan gives the shards of the stream, those that it lists no more included`() async throws {
        let closed = Self.item(
            "OrderArchiver#orders#shardId-0",
            #""sequenceNumber":{"S":"0017"},"updatedAt":{"S":"2025-08-27T18:08:00.5Z"}"#
        )
        let open = Self.item("OrderArchiver#orders#shardId-1", #""sequenceNumber":{"S":"18"}"#)
        let attempts = Self.item("OrderArchiver#orders#shardId-1#attempts", #""firstSequenceNumber":{"S":"19"}"#)
        let transport = ScriptedTransport([
            .json(200, #"{"Items":[\#(closed)],"LastEvaluatedKey":{"checkpoint":{"S":"k"}}}"#),
            .json(200, #"{"Items":[\#(open),\#(attempts)]}"#),
        ])
        let checkpoints = try await Self.reader(transport).read()
        #expect(
            checkpoints == [
                "shardId-0": ArchiveExtent.Checkpoint(
                    sequenceNumber: "0017",
                    updatedAt: Timestamp("2025-08-27T18:08:00.5Z")
                ),
                "shardId-1": ArchiveExtent.Checkpoint(sequenceNumber: "18", updatedAt: nil),
            ]
        )
        #expect(transport.remainingSteps == 0)
    }

    @Test func `a service that gives the same page again is an error`() async throws {
        let page = ScriptedTransport.Step.json(200, #"{"Items":[],"LastEvaluatedKey":{"checkpoint":{"S":"k"}}}"#)
        let reader = try Self.reader(ScriptedTransport([page, page]))
        await #expect(throws: AWSError.self) { try await reader.read() }
    }
}
