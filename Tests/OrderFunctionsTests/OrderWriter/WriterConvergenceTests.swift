import AWSClient
import TestSupport
import Testing

/// Any permutation, repetition and cut into batches of one order's messages ends in the same item.
@Suite struct WriterConvergenceTests {
    private static func messages(_ random: inout SeededGenerator) -> [GeneratedMessage] {
        (0..<Int.random(in: 1...7, using: &random)).map { _ in GeneratedMessage(&random) }
    }

    /// The messages with repetitions, shuffled and cut.
    private static func batches(
        _ messages: [GeneratedMessage],
        _ random: inout SeededGenerator
    ) -> [[GeneratedMessage]] {
        let repeated = (0..<5).compactMap { _ in messages.randomElement(using: &random) }
        var rest = (messages + repeated).shuffled(using: &random)[...]
        var batches: [[GeneratedMessage]] = []
        while !rest.isEmpty {
            batches.append(Array(rest.prefix(Int.random(in: 1...4, using: &random))))
            rest = rest.dropFirst(batches[batches.count - 1].count)
        }
        return batches
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `any permutation and repetition ends in the same item`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let messages = Self.messages(&random)
        let writer = WriterUnderTest()
        for batch in Self.batches(messages, &random) {
            let failed = try await writer.handle(batch.map(\.body))
            #expect(failed == [])
        }
        #expect(writer.item() == GeneratedMessage.item(messages))
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `so it does when requests fail and answers are lost, if what is reported comes again`(seed: UInt64)
        async throws
    {
        let source = SeededRandom(seed: seed)
        var random = source.generator
        let messages = Self.messages(&random)
        let writer = WriterUnderTest()
        writer.faults.plan { call in
            switch source.next() % 8 {
            case 0: .before(.throttled(call.operation))
            case 1: .after(.lost(call.operation))
            case 2: .before(.gone(call.operation))
            case 3: .after(.gone(call.operation))
            default: .none
            }
        }
        var pending = Self.batches(messages, &random).map { $0.map(\.body) }
        var deliveries = 0
        while let batch = pending.popLast() {
            deliveries += 1
            try #require(deliveries < 500, "the messages never get stored")
            let failed = try await writer.handle(batch)
            let again = batch.enumerated().filter { failed.contains("m\($0.offset)") }.map(\.element)
            if !again.isEmpty { pending.insert(again, at: Int.random(in: 0...pending.count, using: &random)) }
        }
        #expect(writer.item() == GeneratedMessage.item(messages))
    }

    @Test(arguments: 0..<6, 0..<10 as Range<UInt64>)
    func `another writer's whole batch between any two requests is merged, not lost`(
        request: Int,
        seed: UInt64
    ) async throws {
        var random = SeededGenerator(seed: seed)
        let (own, others) = (Self.messages(&random), Self.messages(&random))
        let writer = WriterUnderTest()
        let hooked = HookedDynamoDB(writer.table) { number in
            guard number == request else { return }
            do {
                let failed = try await writer.handle(others.map(\.body))
                #expect(failed == [])
            } catch {
                Issue.record(error)
            }
        }
        let failed = try await writer.handle(own.map(\.body), through: hooked)
        #expect(failed == [])
        try await writer.handle(others.map(\.body))
        #expect(writer.item() == GeneratedMessage.item(own + others))
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `writers that take turns request by request end in the same item`(seed: UInt64) async throws {
        let source = SeededRandom(seed: seed)
        var random = source.generator
        let batches = (0..<3).map { _ in Self.messages(&random) }
        let writer = WriterUnderTest()
        let turnstile = Turnstile(tasks: batches.count, random: source)
        try await withThrowingTaskGroup(of: [String].self) { group in
            for (name, batch) in batches.enumerated() {
                group.addTask {
                    let hooked = HookedDynamoDB(writer.table) { _ in await turnstile.pass(name) }
                    // A writer that fails must not keep the others waiting.
                    do {
                        let failed = try await writer.handle(batch.map(\.body), through: hooked)
                        await turnstile.leave()
                        return failed
                    } catch {
                        await turnstile.leave()
                        throw error
                    }
                }
            }
            for try await failed in group { #expect(failed == []) }
        }
        #expect(writer.item() == GeneratedMessage.item(batches.flatMap { $0 }))
    }
}
