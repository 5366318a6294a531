internal import AWSClient
internal import AWSOperations
internal import Platform

/// SQS's own redrive of a queue that it fills itself: started, and followed to its end.
struct MoveTask: Sendable {
    let sqs: SQSClient
    /// ARN of the dead-letter queue.
    let queueARN: String
    /// URL of the queue the messages came from, for messages.
    let source: String
    let time: any TimeSource

    private static let pollInterval = Duration.seconds(1)
    /// After that a task that does not show up is not waited for.
    private static let maximumPollsUntilVisible = 30

    /// Runs the task to its end; false where there is no such task, as in the local AWS.
    ///
    /// Throws if not everything was moved. Once it is started, the task goes on whether or not somebody watches it.
    func run() async throws -> Bool {
        // What is listed first may still be the task before this one.
        let previous = try? await self.sqs.latestMessageMoveTask(sourceARN: self.queueARN, deadline: self.deadline)
        guard try await self.start() else { return false }
        do {
            try await self.follow(behind: previous?.started)
        } catch let error where error.isCancellation {
            Console.note("SQS goes on moving the messages back")
            throw error
        }
        return true
    }

    private func start() async throws -> Bool {
        do {
            _ = try await self.sqs.startMessageMoveTask(
                sourceARN: self.queueARN,
                destinationARN: nil,
                deadline: self.deadline
            )
            Console.note("SQS is moving the messages back to \(self.source)")
            return true
        } catch {
            switch error.code.rawValue {
            case "InvalidAction", "UnsupportedOperation", "UnknownOperationException": return false
            case AWSError.Code.cancelled.rawValue:
                // The request was under way when a stop cut it short.
                if error.mayHaveBeenApplied { Console.note("SQS may be moving the messages back") }
                throw error
            default:
                // Neither a failure of SQS's own nor its refusal of a repetition says that the first one was lost.
                throw ToolError.failed(
                    error.mayHaveBeenApplied
                        ? "SQS may be moving the messages back: \(error)"
                        : "SQS did not start to move the messages back: \(error)"
                )
            }
        }
    }

    private func follow(behind previous: Int64?) async throws {
        var polls = 0
        while true {
            guard case .listed(let task) = try await self.look() else { return }
            guard let task, task.started != previous else {
                polls += 1
                guard polls < Self.maximumPollsUntilVisible else {
                    Console.note("SQS does not list the task yet, and it goes on")
                    return
                }
                try await self.time.sleep(for: Self.pollInterval)
                continue
            }
            if try self.isEnded(task) { return }
            try await self.time.sleep(for: Self.pollInterval)
        }
    }

    private func isEnded(_ task: SQSMessageMoveTask) throws -> Bool {
        let count =
            task.toMoveCount.map { "\(task.movedCount) of about \($0.counting("message"))" }
            ?? task.movedCount.counting("message")
        switch task.status {
        case "COMPLETED":
            Console.note("moved \(count) back to \(self.source)")
            return true
        case "FAILED", "CANCELLED":
            let reason = task.failureReason.map { ": \(TerminalText.escaped($0))" } ?? ""
            throw ToolError.failed("the move is \(task.status) after \(count)\(reason)")
        default:
            return false
        }
    }

    private enum Look {
        /// The latest task of the queue, where there is one in the list by now.
        case listed(SQSMessageMoveTask?)
        /// It may not be seen, which is no failure of the move.
        case refused
    }

    private func look() async throws -> Look {
        do {
            return .listed(try await self.sqs.latestMessageMoveTask(sourceARN: self.queueARN, deadline: self.deadline))
        } catch {
            guard !error.isCancellation else { throw error }
            Console.note("its progress cannot be followed, and it goes on: \(error)")
            return .refused
        }
    }

    private var deadline: UTCInstant { self.time.now + .seconds(30) }
}
