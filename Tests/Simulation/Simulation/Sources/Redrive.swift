internal import PipesRunner
internal import Platform
internal import SimulatedAWS

/// Somebody who has mended what was wrong, and delivers a function's dead letters once more with `orders redrive --queue`.
///
/// What a letter says, and the event that it becomes, are the product's own; the tool's loop over the queue is a model.
final class Redrive: @unchecked Sendable {  // confined to its run's thread
    let source: Source
    private let world: World
    /// Whether it is the last one, which goes on until every letter is delivered and deleted.
    private let isLast: Bool
    private var number = 0
    private(set) var isDone = false
    /// Called with the event id that each record of Kinesis had, before it is delivered.
    private let willDeliver: (String) -> Void

    /// How many there are in a run at most; the last one comes when everything else is over.
    static let rounds = 3

    init(
        _ function: FunctionName,
        round: Int,
        _ world: World,
        willDeliver: @escaping (String) -> Void
    ) {
        self.source = Source(function, "redrive", round)
        self.world = world
        self.isLast = round == Self.rounds - 1
        self.willDeliver = willDeliver
    }

    /// Takes every letter that is in the queue by now, one after the other.
    func run() async {
        let queueURL = self.source.function.deadLetterQueueURL
        for message in self.world.cloud.sqs.messages(queueURL) where await self.deliver(message) {
            // A tool that is stopped before this delivers the letter again another time.
            if !self.isLast, self.world.faults.happens(.notDeleted, self.source, self.number, probability: 0.1) {
                continue
            }
            self.world.cloud.sqs.delete(message, from: queueURL)
        }
        self.isDone = true
    }

    /// Whether the function has taken the letter's record, or has sent it away in another letter.
    private func deliver(_ message: SimulatedSQS.Message) async -> Bool {
        guard case .letter(let letter) = DeadLetterMessage(body: message.body), let record = self.record(of: letter)
        else {
            self.world.complain("\(self.source) cannot use the letter \(message.body.prefix(200))")
            return false
        }
        if let eventID = DeadLetters.eventID(message.body) {
            self.willDeliver(eventID)
        }
        let event = letter.event(
            record: record,
            sentMilliseconds: World.epoch.millisecondsSince1970 + message.sent / 1_000_000
        )
        for attempt in 0... {
            self.number += 1
            let outcome = await self.world.lambda.invoke(
                self.source,
                delivery: self.number,
                attempt: attempt,
                event,
                "the letter of \(DeadLetters.eventID(message.body) ?? "a change")"
            )
            if let problem = UndisturbedCheck.problem(outcome) { self.world.complain(problem) }
            if BatchAnswer.failures(outcome)?.isEmpty == true { return true }
            // What fails is left for another time, perhaps counted in some rows, for longer than the stream keeps a repetition.
            guard self.isLast else { return false }
            guard attempt < FaultBook.patience else { break }
            await self.world.time.pause(.seconds(1))
        }
        self.world.complain("\(self.source) cannot deliver the letter \(message.body.prefix(200))")
        return false
    }

    private func record(of letter: DeadLetterMessage.FunctionLetter) -> [UInt8]? {
        switch letter.record {
        case .bytes(let bytes): bytes
        case .object(let bucket, let key): self.world.cloud.s3.object(bucket, key)?.body
        }
    }
}
