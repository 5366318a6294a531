import AWSClient
import AWSOperations
import OrdersCommand
import Platform
import Synchronization
import TestSupport
import Testing

/// A queue whose messages are hidden once received, until someone shows or deletes them, or their time is over.
final class LetterQueue: SQSReceiving {
    private struct Letter {
        let id: String
        /// By the queue's clock, as all that it tells.
        let sent: UTCInstant
        var firstReceived: UTCInstant?
        var receives = 0
        /// What it was received by last.
        var receipt = ""
        /// In the time of `uptime`.
        var visibleFrom = Duration.zero
    }

    private struct State {
        var letters: [Letter] = []
        var receives = 0
        /// Of the requests that make a message visible again.
        var deadlines: [UTCInstant?] = []
        /// The messages that were hidden anew, by their ids.
        var hiddenAnew: [String] = []
        /// How many messages were hidden at a time, at most.
        var peak = 0
    }

    let time: ManualTime
    private let state: Mutex<State>
    /// What each request fails with that changes the time for which a message is hidden.
    private let refusal: AWSError.Code?
    /// How far the queue's clock is ahead of the tool's.
    private let clockAhead: Duration
    /// The receives, from 1, that find nothing whatever there is.
    private let blindReceives: Set<Int>
    /// How many messages somebody sends before each receive.
    private let refill: Int
    /// Whether answers have the date that HTTP asks for.
    private let isDated: Bool

    /// A queue of messages that were sent a minute ago; a second passes in each request that changes their visibility.
    init(
        _ ids: [String],
        refusal: AWSError.Code? = nil,
        time: ManualTime = ManualTime(),
        clockAhead: Duration = .zero,
        areKnown: Bool = false,
        blindReceives: Set<Int> = [],
        refill: Int = 0,
        isDated: Bool = true
    ) {
        let sent = time.now + clockAhead + .seconds(-60)
        let letters = ids.map { id in
            // Somebody has looked at them before.
            Letter(id: id, sent: sent, firstReceived: areKnown ? sent : nil, receives: areKnown ? 1 : 0)
        }
        self.state = Mutex(State(letters: letters))
        self.refusal = refusal
        self.time = time
        self.clockAhead = clockAhead
        self.blindReceives = blindReceives
        self.refill = refill
        self.isDated = isDated
    }

    var deadlines: [UTCInstant?] { self.state.withLock { $0.deadlines } }
    var hiddenAnew: [String] { self.state.withLock { $0.hiddenAnew } }
    var receives: Int { self.state.withLock { $0.receives } }
    var peak: Int { self.state.withLock { $0.peak } }

    var visible: Set<String> { self.ids { $0 <= .zero } }
    var hidden: Set<String> { self.ids { $0 > .zero } }

    /// The messages of whose hiding so much is left.
    private func ids(_ matches: (Duration) -> Bool) -> Set<String> {
        let uptime = self.time.uptime
        return self.state.withLock { state in
            Set(state.letters.filter { matches($0.visibleFrom - uptime) }.map(\.id))
        }
    }

    /// How much longer nobody else receives the message; nil if it is not there.
    func hiding(of id: String) -> Duration? {
        let uptime = self.time.uptime
        return self.state.withLock { state in
            state.letters.first { $0.id == id }.map { $0.visibleFrom - uptime }
        }
    }

    /// Sends a message of that body, now or some time ago.
    func add(_ body: String, secondsAgo: Int = 0) {
        let sent = self.time.now + self.clockAhead + .seconds(-secondsAgo)
        self.state.withLock { $0.letters.append(Letter(id: body, sent: sent)) }
    }

    func receive(_ input: ReceiveMessageInput, deadline: UTCInstant?) async throws(AWSError) -> ReceivedMessages {
        // The queue's own time is shorter than a function may take: others would deliver the messages meanwhile.
        #expect(input.visibilityTimeout == QueueRedrive.hidingSeconds)
        // Without a wait SQS asks some of its servers only.
        #expect(input.waitTimeSeconds > 0)
        let uptime = self.time.uptime
        let now = self.time.now + self.clockAhead
        let messages = self.state.withLock { state -> [SQSMessage] in
            state.receives += 1
            for number in 0..<self.refill {
                state.letters.append(Letter(id: "refill \(state.receives) \(number)", sent: now))
            }
            guard !self.blindReceives.contains(state.receives) else { return [] }
            var messages: [SQSMessage] = []
            for index in state.letters.indices where state.letters[index].visibleFrom <= uptime {
                guard messages.count < input.maxNumberOfMessages else { break }
                let receipt = "\(state.letters[index].id) \(state.receives)"
                messages.append(Self.receive(&state.letters[index], receipt, now, uptime))
            }
            state.peak = max(state.peak, state.letters.count { $0.visibleFrom > uptime })
            return messages
        }
        let second = UTCInstant(secondsSince1970: now.secondsSince1970)
        return ReceivedMessages(messages, date: self.isDated ? second : nil)
    }

    private static func receive(
        _ letter: inout Letter,
        _ receipt: String,
        _ now: UTCInstant,
        _ uptime: Duration
    ) -> SQSMessage {
        letter.receives += 1
        let first = letter.firstReceived ?? now
        letter.firstReceived = first
        letter.receipt = receipt
        letter.visibleFrom = uptime + .seconds(QueueRedrive.hidingSeconds)
        return SQSMessage(
            messageID: letter.id,
            receiptHandle: receipt,
            body: letter.id,
            attributes: [
                "SentTimestamp": String(letter.sent.millisecondsSince1970),
                "ApproximateReceiveCount": String(letter.receives),
                "ApproximateFirstReceiveTimestamp": String(first.millisecondsSince1970),
            ]
        )
    }

    /// Deletes by the newest receipt alone.
    func deleteMessage(queueURL: String, receiptHandle: String, deadline: UTCInstant?) async throws(AWSError) {
        self.state.withLock { state in
            if let index = state.letters.firstIndex(where: { $0.receipt == receiptHandle }) {
                state.letters.remove(at: index)
            }
        }
    }

    func changeMessageVisibility(
        queueURL: String,
        receiptHandle: String,
        timeout: Int,
        deadline: UTCInstant?
    ) async throws(AWSError) {
        self.time.advance(by: .seconds(1))
        if timeout == 0 { self.state.withLock { $0.deadlines.append(deadline) } }
        // As a transport does, which sends nothing of a cancelled task.
        if let code = Task.isCancelled ? AWSError.Code.cancelled : self.refusal {
            throw AWSError(code: code, message: "", operation: "SQS.ChangeMessageVisibility")
        }
        let uptime = self.time.uptime
        self.state.withLock { state in
            guard let index = state.letters.firstIndex(where: { $0.receipt == receiptHandle }) else { return }
            state.letters[index].visibleFrom = uptime + .seconds(timeout)
            if timeout > 0 { state.hiddenAnew.append(state.letters[index].id) }
        }
    }
}
