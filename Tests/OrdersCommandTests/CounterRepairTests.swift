import AWSClient
import ArchiveAccounts
import LambdaEvents
import Orders
import OrdersCommand
import TestSupport
import Testing

/// Which rows of the Analytics table a repair sets, and which it leaves for another audit.
@Suite struct CounterRepairTests {
    private static let key = CounterKey.orders(Day(number: 2025_11_28))
    private static let open = "at:0-of-a-stream"
    /// A shard whose records have left the stream.
    private static let closed = "at:1-of-a-stream"
    private static let last = "4900"

    /// A row of 8 orders, where the archive adds up to `least`, or to `most` with those that were just being counted.
    private static func difference(least: UInt64 = 7, most: UInt64 = 7) throws -> CounterDifference {
        let findings = CounterDifference.findings(
            least: [Self.key: .orders(total: least, successful: 6)],
            most: [Self.key: .orders(total: most, successful: 6)],
            counted: [Self.key: .orders(total: 8, successful: 6)]
        )
        return try #require(findings.differences.first)
    }

    /// An answer with the row, and with how far it has counted shards.
    private static func row(total: Int = 8, _ positions: [String: String] = [:]) throws -> ScriptedTransport.Step {
        var members = [
            #""PK":{"S":"ORDERS#2025-11-28"}"#, #""SK":{"S":"TOTAL"}"#, #""TotalOrders":{"N":"\#(total)"}"#,
            #""SuccessfulOrders":{"N":"6"}"#,
        ]
        for (attribute, number) in positions {
            let position = try #require(SequenceNumber(number))
            members.append(#""\#(attribute)":{"S":"\#(position.sortable)"}"#)
        }
        return .json(200, #"{"Item":{\#(members.joined(separator: ","))}}"#)
    }

    private static let written = ScriptedTransport.Step.json(200, "{}")

    private static func refused(_ code: String) -> ScriptedTransport.Step {
        .json(400, #"{"__type":"com.amazonaws.dynamodb.v20120810#\#(code)","message":"m"}"#)
    }

    private static func repair(
        _ difference: CounterDifference,
        _ transport: ScriptedTransport
    ) async throws -> CounterRepair.Outcome {
        let time = ManualTime()
        let last = try #require(SequenceNumber(Self.last))
        let repair = CounterRepair(
            session: try .scripted(transport, time: time),
            tableName: "Analytics",
            counted: [Self.open: last, Self.closed: last],
            deliverable: [Self.open],
            time: time
        )
        return try await repair.repair(difference)
    }

    @Test func `a row that is as the audit found it is set right, and so is how far it has counted`() async throws {
        let transport = ScriptedTransport([try Self.row([Self.open: "17", Self.closed: Self.last]), Self.written])
        #expect(try await Self.repair(Self.difference(), transport) == .repaired)
        try #require(transport.requests.count == 2)
        let bodies = transport.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(bodies[0].contains(#""ConsistentRead":true"#))
        #expect(bodies[1].contains(#"":0":{"N":"7"}"#) && bodies[1].contains(#"":r0":{"N":"8"}"#))
        #expect(bodies[1].contains(Self.open) && !bodies[1].contains(Self.closed))
        // To what the sum has, and only from where it was: whoever comes late with a counted batch finds it counted.
        let last = try #require(SequenceNumber(Self.last))
        let read = try #require(SequenceNumber("17"))
        #expect(bodies[1].contains(#"":c0":{"S":"\#(last.sortable)"}"#) && bodies[1].contains("#c0=:c0"))
        #expect(bodies[1].contains(#"":p0":{"S":"\#(read.sortable)"}"#) && bodies[1].contains("#c0=:p0"))
    }

    @Test func `a row that is not what the audit found is left`() async throws {
        for answer in [try Self.row(total: 9), .json(200, "{}")] {
            let transport = ScriptedTransport([answer, Self.written])
            #expect(try await Self.repair(Self.difference(), transport) == .changedMeanwhile)
            #expect(transport.requests.count == 1)
        }
    }

    /// The archive's sum has nothing of a batch that is counted in some rows only, which the row would never get again.
    @Test(arguments: [Self.open, Self.closed])
    func `a row that has counted more of a shard than all rows have is left`(attribute: String) async throws {
        let transport = ScriptedTransport([try Self.row([attribute: "4901"]), Self.written])
        #expect(try await Self.repair(Self.difference(), transport) == .changedMeanwhile)
        #expect(transport.requests.count == 1)
    }

    @Test func `a row that was in motion while the audit looked is not even read`() async throws {
        let transport = ScriptedTransport([try Self.row(), Self.written])
        let difference = try Self.difference(least: 6, most: 7)
        #expect(difference.isInMotion)
        #expect(try await Self.repair(difference, transport) == .changedMeanwhile)
        #expect(transport.requests.isEmpty)
    }

    @Test func `a row that changes before it is written is left, and any other refusal is an error`() async throws {
        let changed = ScriptedTransport([try Self.row(), Self.refused("ConditionalCheckFailedException")])
        #expect(try await Self.repair(Self.difference(), changed) == .changedMeanwhile)
        #expect(changed.requests.count == 2)
        let denied = ScriptedTransport([try Self.row(), Self.refused("AccessDeniedException")])
        let difference = try Self.difference()
        await #expect(throws: AWSError.self) { try await Self.repair(difference, denied) }
    }
}
