import AWSClient
import AWSOperations
import OrdersCommand
import Platform
import Synchronization
import TestSupport
import Testing

@Suite struct QueueRedriveTests {
    /// A queue whose messages are hidden once received, until someone shows or deletes them, or their time is over.
    private final class Queue: SQSReceiving {
        private struct State {
            var visible: [String]
            /// The receipts that the messages were received by last.
            var hidden: [String: String] = [:]
            var receives = 0
        }

        private let state: Mutex<State>

        init(_ ids: [String]) {
            self.state = Mutex(State(visible: ids))
        }

        var visible: Set<String> { self.state.withLock { Set($0.visible) } }
        var hidden: Set<String> { self.state.withLock { Set($0.hidden.keys) } }

        /// Adds a message of that body.
        func add(_ body: String) {
            self.state.withLock { $0.visible.append(body) }
        }

        /// The time for which messages are hidden is over.
        func showAll() {
            self.state.withLock { state in
                state.visible += state.hidden.keys.sorted()
                state.hidden = [:]
            }
        }

        func receiveMessage(_ input: ReceiveMessageInput, deadline: UTCInstant?) async throws(AWSError) -> [SQSMessage]
        {
            self.state.withLock { state in
                let ids = state.visible.prefix(input.maxNumberOfMessages)
                state.visible.removeFirst(ids.count)
                state.receives += 1
                return ids.map { id in
                    let receipt = "\(id) \(state.receives)"
                    state.hidden[id] = receipt
                    return SQSMessage(messageID: id, receiptHandle: receipt, body: id)
                }
            }
        }

        /// Deletes by a former receipt, too.
        func deleteMessage(queueURL: String, receiptHandle: String, deadline: UTCInstant?) async throws(AWSError) {
            self.state.withLock { state in
                let id = receiptHandle.split(separator: " ").first.map(String.init) ?? ""
                state.hidden[id] = nil
                state.visible.removeAll { $0 == id }
            }
        }

        func changeMessageVisibility(
            queueURL: String,
            receiptHandle: String,
            timeout: Int,
            deadline: UTCInstant?
        ) async throws(AWSError) {
            self.state.withLock { state in
                guard timeout == 0, let id = state.hidden.first(where: { $0.value == receiptHandle })?.key else {
                    return
                }
                state.hidden[id] = nil
                state.visible.append(id)
            }
        }
    }

    private static func redrive(_ queue: Queue, isDryRun: Bool = false) -> QueueRedrive {
        QueueRedrive(sqs: queue, queueURL: "q", time: ManualTime(), isDryRun: isDryRun)
    }

    @Test func `deletes what was delivered and shows the rest again at once`() async throws {
        let queue = Queue((1...25).map(String.init))
        let result = try await Self.redrive(queue).run { message in
            message.body.hasSuffix("0") ? .kept("no") : .delivered("yes")
        }
        #expect(result == QueueRedrive.Result(delivered: 23, kept: 2))
        #expect(queue.visible == ["10", "20"] && queue.hidden.isEmpty)
    }

    @Test func `a run that takes longer than its messages are hidden shows the rest again`() async throws {
        let queue = Queue((1...45).map(String.init))
        let result = try await Self.redrive(queue).run { message in
            if message.body == "30" { queue.showAll() }
            return message.body.hasSuffix("0") ? .kept("no") : .delivered("yes")
        }
        #expect(result == QueueRedrive.Result(delivered: 41, kept: 4))
        #expect(queue.visible == ["10", "20", "30", "40"] && queue.hidden.isEmpty)
    }

    @Test func `a dry run leaves every message where the real run finds it`() async throws {
        let queue = Queue(["1", "2"])
        let result = try await Self.redrive(queue, isDryRun: true).run { _ in .delivered("would") }
        #expect(result == QueueRedrive.Result(delivered: 2, kept: 0))
        #expect(queue.visible == ["1", "2"])
    }

    @Test func `a record that is refused again ends the run and is counted among those that stay`() async throws {
        let queue = Queue(["1", "2"])
        let handled = Mutex(0)
        let result = try await Self.redrive(queue).run { message in
            #expect(
                handled.withLock { handled in
                    handled += 1
                    return handled
                } < 10
            )
            // The function's own dead letter, into the same queue.
            queue.add(message.body + "again")
            return .delivered("yes")
        }
        #expect(result == QueueRedrive.Result(delivered: 2, kept: 2))
        #expect(queue.visible == ["1again", "2again"])
    }

    @Test func `an outage hides nothing`() async throws {
        struct Outage: Error {}
        let queue = Queue(["1", "2", "3"])
        await #expect(throws: Outage.self) {
            try await Self.redrive(queue).run { message in
                if message.body == "2" { throw Outage() }
                return .delivered("yes")
            }
        }
        #expect(queue.visible == ["2", "3"] && queue.hidden.isEmpty)
    }
}
