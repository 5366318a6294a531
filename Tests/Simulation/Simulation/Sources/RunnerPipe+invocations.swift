internal import AWSClient
internal import AWSOperations
internal import JSONText
internal import PipesRunner
internal import Platform
internal import SimulatedAWS

/// What a runner delivers, and whether it may.
extension RunnerPipe {
    func invoke(_ event: [UInt8], until limit: VirtualTime.Nanoseconds?) async -> RunnerTransport.Answer {
        let batch = self.numbers(in: event)
        self.checkOrder(batch)
        let attempt = batch.map { self.deliveries[$0, default: 0] }.max() ?? 0
        for number in batch { self.deliveries[number, default: 0] += 1 }
        let delivery = self.invocations
        self.invocations += 1
        if let deadlyNumber, batch.contains(deadlyNumber) {
            await self.world.time.pause(.milliseconds(30))
            return .success(Self.functionError("Runtime.ExitError"))
        }
        let race = Race()
        return await withUnsafeContinuation { continuation in
            race.continuation = continuation
            self.world.time.start {
                let outcome = await self.world.lambda.invoke(
                    self.source,
                    delivery: delivery,
                    attempt: attempt,
                    event,
                    Trace.words("change", batch)
                )
                if let problem = UndisturbedCheck.problem(outcome) { self.world.complain(problem) }
                guard race.continuation != nil else { return }
                if BatchAnswer.failures(outcome)?.isEmpty == true { self.settle(batch) }
                race.end(Self.response(to: outcome))
            }
            if let limit {
                self.world.time.after(limit) {
                    race.end(.failure(HTTPTransportError(.timedOut, "the deadline has passed", wasSent: true)))
                }
            }
        }
    }

    private final class Race: @unchecked Sendable {  // confined to its run's thread
        var continuation: UnsafeContinuation<RunnerTransport.Answer, Never>?

        func end(_ answer: RunnerTransport.Answer) {
            self.continuation?.resume(returning: answer)
            self.continuation = nil
        }
    }

    /// The answer of Lambda's `Invoke`.
    private static func response(to outcome: Outcome) -> RunnerTransport.Answer {
        switch outcome.ending {
        case .answered(let body): .success(HTTPResponse(statusCode: 200, headers: [:], body: body))
        case .failed: .success(self.functionError("Handler"))
        case .killed: .success(self.functionError("Runtime.ExitError"))
        case .timedOut: .success(self.functionError("Sandbox.Timedout"))
        case .unknown: .failure(HTTPTransportError(.connectionLost, "connection lost", wasSent: true))
        }
    }

    private static func functionError(_ type: String) -> HTTPResponse {
        HTTPResponse(
            statusCode: 200,
            headers: ["X-Amz-Function-Error": "Unhandled"],
            body: Array("{\"errorType\":\"\(type)\"}".utf8)
        )
    }

    /// The changes of an event, each of which has to be as AWS's Pipes pass it on.
    func numbers(in event: [UInt8]) -> [Int] {
        var numbers: [Int] = []
        let isRead: Void? = try? JSONReader.read(event) { reader in
            try reader.readArray { _, reader in
                _ = try reader.peek()
                let start = reader.offset
                var number: Int?
                try reader.readObject { name, reader in
                    guard name == "eventID" else {
                        try reader.skip()
                        return
                    }
                    number = Int(try reader.readString().dropFirst("change-".count))
                }
                guard let number, self.changes.indices.contains(number),
                    self.world.text(of: self.changes[number]).elementsEqual(reader.slice(start..<reader.offset))
                else { return self.world.complain("\(self.source) delivers a change that the table does not show") }
                numbers.append(number)
            }
        }
        if isRead == nil { self.world.complain("\(self.source) delivers what is no array of changes") }
        for number in numbers where !self.admitted.contains(number) {
            self.world.complain("\(self.source) delivers change \(number), which its filters do not let through")
        }
        return numbers
    }

    /// No change is delivered before those of the same item that came before it are done or given up.
    private func checkOrder(_ batch: [Int]) {
        for number in batch where !self.settled.contains(number) {
            let key = self.changes[number].key
            for earlier in self.owed.sorted() where earlier < number && self.changes[earlier].key == key {
                guard !batch.contains(earlier), !self.world.tableStream.trimmed.contains(earlier) else { continue }
                self.world.complain(
                    "\(self.source) delivers change \(number) before change \(earlier) of the same item"
                )
            }
        }
    }

    /// Delivers what the runner gave up once more, by the notes in its queue, as `orders redrive --pipe` does.
    func redrive() async {
        let queueURL = self.source.function.pipeQueueURL
        let source = Source(self.source.function, "redrive", 10)
        let clock = RunnerClock(pipe: self, isRunner: false)
        let session = self.makeSession(RunnerTransport(pipe: self, isRunner: false), clock)
        let reader = StreamRangeReader(
            client: DynamoDBStreamsClient(session: session),
            filters: self.filters,
            time: clock
        )
        for (place, message) in self.world.cloud.sqs.messages(queueURL).enumerated() {
            guard case .pointer(let range) = DeadLetterMessage(body: message.body) else { continue }
            guard let found = try? await reader.records(in: range) else {
                if let number = SimulatedTableStream.number(range.start),
                    self.world.tableStream.trimmed.contains(number)
                {
                    continue
                }
                self.world.complain("\(source) cannot read what the runner's note points to")
                continue
            }
            let event = TableEvents.event(found.records.map(\.json))
            var isDelivered = false
            for attempt in 0...FaultBook.patience where !isDelivered {
                let number = place * (FaultBook.patience + 1) + attempt
                let words = Trace.words("change", self.numbers(in: event))
                let outcome = await self.world.lambda.invoke(source, delivery: number, attempt: attempt, event, words)
                isDelivered = BatchAnswer.failures(outcome)?.isEmpty ?? false
            }
            if isDelivered {
                self.givenUp.subtract(self.numbers(in: event))
                // A letter of which the stream has lost records stays, to tell of them.
                if found.lost == 0 { self.world.cloud.sqs.delete(message, from: queueURL) }
            } else {
                self.world.complain("\(source) cannot deliver what the runner gave up")
            }
        }
    }
}
