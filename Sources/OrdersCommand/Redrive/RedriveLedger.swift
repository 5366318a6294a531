package import AWSOperations
package import Platform

/// Which messages of a queue a redrive handles, which it holds, and when it has come to its end.
///
/// A redrive receives, handles and deletes one answer of SQS after the other, 10 messages of 1 MiB at most, so that
/// neither its memory for them nor the time for which one is hidden depends on how many there are. What it leaves it
/// knows by id and receipt alone, and keeps hidden, since SQS would else give it again.
package struct RedriveLedger: Sendable {
    /// What is to be done with a message that was received.
    package enum Turn: Sendable, Equatable {
        /// It was in the queue at the start, and was not handled yet.
        case handle
        /// It was sent after the start, perhaps by a function that has refused its record again: delivered once more it
        /// might come again without end.
        case leaveNewcomer
        /// It was deleted, and comes all the same, which SQS allows itself.
        case deleteAgain
        /// It is left, and the time for which it was hidden was over: by its new receipt it is hidden anew.
        case hold
    }

    /// Whether a message may be handled that was received some time ago.
    package enum Readiness: Sendable, Equatable {
        /// It stays hidden for longer than its function may take.
        case handle
        /// It has to be hidden anew before.
        case hideAnew
        /// Somebody else may have it by now, or this run may receive it again.
        case forget
    }

    /// Why nothing is received any more.
    package enum End: Sendable, Equatable {
        /// SQS has nothing to give, or nothing but what is held.
        case empty
        /// So much comes into the queue meanwhile that the rest is not found behind it.
        case flooded
        /// What is held comes again so fast that the rest is not found behind it.
        case overtaken
        /// As many messages are hidden as may be.
        case full
    }

    /// A message that nobody else can receive.
    package struct Held: Sendable, Equatable {
        /// The id that SQS made for the message.
        package let messageID: String
        /// What it was received by last.
        package let receiptHandle: String
    }

    /// When the first messages had come: what was sent before was in the queue by then.
    private struct Start {
        let uptime: Duration
        /// What SQS's clock showed, by the date of the answer, where it has one.
        let date: UTCInstant?
        /// What SQS's clock had passed, by the times that the messages tell; nil where they tell none.
        let passed: UTCInstant?
    }

    /// What hides a message.
    private struct Receipt {
        var handle: String
        /// The uptime of the request that has hidden it.
        var since: Duration
    }

    /// Seconds that a message is hidden after it was received: long enough for a function's 5 minutes.
    package static let hidingSeconds = 360
    /// For how long a message may have been hidden when it is handled: the rest is for the function's 5 minutes, and
    /// for the request that deletes it.
    package static let maximumAge = Duration.seconds(50)
    /// Messages that are hidden at a time: SQS hides 120,000 of a queue, and behind them answers a wait as if the queue
    /// were empty.
    package static let maximumHeld = 100_000
    /// Answers without a message, in a row, that tell of an empty queue.
    ///
    /// Each is one to a wait, for which SQS asks all of its servers; what arrives there at that moment may be missed.
    private static let emptyAnswersAtEnd = 2
    /// Messages in a row of which none is to be handled; more in a longer run, since each message that was handled may
    /// come again, and as another one that its function has sent.
    private static let maximumIdle = 1_000

    /// The ids of all messages that were received.
    private var seen: Set<String> = []
    /// The messages that nobody else can receive now, by their ids.
    private var receipts: [String: Receipt] = [:]
    /// How many messages were to be handled.
    private var taken = 0
    /// How many messages in a row were not to be handled.
    private var idle = 0
    /// Whether newcomers are among those.
    private var hasNewcomers = false
    /// What has come again of what is held, and nothing new in between.
    private var again: Set<String> = []
    private var emptyAnswers = 0
    private var start: Start?
    /// What SQS's clock showed when the uptime was zero, as far as messages tell; too early by the time that an answer
    /// takes, rather than too late.
    private var serverBoot: UTCInstant?
    /// What the wall clock showed then: it may be wrong by minutes, and is asked where nothing of SQS's tells.
    private var wallBoot: UTCInstant?

    /// No message so far.
    package init() {}

    /// How many messages were received, each counted once.
    package var seenCount: Int { self.seen.count }

    /// Why the run is over; nil while it goes on.
    package var end: End? {
        if self.emptyAnswers >= Self.emptyAnswersAtEnd || self.hasComeRound { return .empty }
        if self.receipts.count >= Self.maximumHeld { return .full }
        guard self.idle > max(Self.maximumIdle, 2 * self.taken) else { return nil }
        return self.hasNewcomers ? .flooded : .overtaken
    }

    /// Whether all that is held has come again, and nothing else: where it takes longer to receive it than it is hidden
    /// for, no answer is ever empty.
    ///
    /// Something else that is there would hardly have been passed over so often. A few messages prove nothing: where
    /// their functions are slow they come again, and before others if SQS likes.
    private var hasComeRound: Bool { self.again.count >= max(Self.maximumIdle, self.receipts.count) }

    /// Notes an answer of SQS, and gives what is to be done with each of its messages.
    ///
    /// The first messages were in the queue before anything was delivered. Later ones were if they were sent before.
    ///
    /// - Parameters:
    ///   - date: SQS's own clock, by the answer; nil where it does not say.
    ///   - asked: the uptime before the request.
    ///   - answered: the uptime behind it.
    ///   - now: the wall clock behind it.
    package mutating func received(
        _ messages: [SQSMessage],
        date: UTCInstant? = nil,
        asked: Duration,
        answered: Duration,
        now: UTCInstant
    ) -> [Turn] {
        self.emptyAnswers = messages.isEmpty ? self.emptyAnswers + 1 : 0
        self.readClocks(messages, answered, now)
        let border = self.border(now)
        if self.start == nil, !messages.isEmpty {
            self.start = Start(uptime: answered, date: date, passed: Self.latestTime(in: messages))
        }
        var turns: [Turn] = []
        for message in messages {
            let turn = self.turn(of: message, border)
            if turn != .deleteAgain {
                self.receipts[message.messageID] = Receipt(handle: message.receiptHandle, since: asked)
            }
            self.count(turn, of: message.messageID)
            turns.append(turn)
        }
        return turns
    }

    private mutating func count(_ turn: Turn, of messageID: String) {
        switch turn {
        case .handle:
            self.taken += 1
            (self.idle, self.hasNewcomers, self.again) = (0, false, [])
        case .leaveNewcomer:
            self.idle += 1
            (self.hasNewcomers, self.again) = (true, [])
        case .deleteAgain:
            self.idle += 1
        case .hold:
            self.idle += 1
            self.again.insert(messageID)
        }
    }

    /// What SQS's clock showed when the first messages came, rather too early than too late; nil before they do.
    ///
    /// Too late, and what a function has refused again would be delivered again. So of two that tell it the earlier one
    /// counts: a date may be a proxy's. Each time that the first messages tell was over by then, whatever else does.
    private func border(_ now: UTCInstant) -> UTCInstant? {
        guard let start = self.start else { return nil }
        // A date is cut to seconds, and what was sent in the one that it names was there, too.
        let date = start.date.map { $0 + .milliseconds(999) }
        let told = [date, self.serverBoot.map { $0 + start.uptime }].compactMap { $0 }.min()
        let border = told ?? self.wallBoot.map { $0 + start.uptime } ?? now
        return max(border, start.passed ?? border)
    }

    /// The latest time at which one of the messages was sent or first received, by SQS's clock.
    private static func latestTime(in messages: [SQSMessage]) -> UTCInstant? {
        let times = messages.flatMap { message in
            ["SentTimestamp", "ApproximateFirstReceiveTimestamp"].compactMap { name in
                message.attributes[name].flatMap { Int64($0) }
            }
        }
        return times.max().map { UTCInstant(millisecondsSince1970: $0) }
    }

    private mutating func turn(of message: SQSMessage, _ border: UTCInstant?) -> Turn {
        guard self.seen.insert(message.messageID).inserted else {
            return self.receipts[message.messageID] == nil ? .deleteAgain : .hold
        }
        guard let border else { return .handle }
        // Without the time at which it was sent nobody can tell, and nothing may be delivered without end.
        guard let sent = message.attributes["SentTimestamp"].flatMap(Int64.init) else { return .leaveNewcomer }
        return sent < border.millisecondsSince1970 ? .handle : .leaveNewcomer
    }

    /// The earliest readings count: an uptime stands still while a machine sleeps.
    private mutating func readClocks(_ messages: [SQSMessage], _ answered: Duration, _ now: UTCInstant) {
        self.wallBoot = self.wallBoot ?? now + (.zero - answered)
        for message in messages where message.attributes["ApproximateReceiveCount"] == "1" {
            // The first receipt is the one at hand.
            guard let received = message.attributes["ApproximateFirstReceiveTimestamp"].flatMap(Int64.init),
                received > 0
            else { continue }
            let boot = UTCInstant(millisecondsSince1970: received) + (.zero - answered)
            self.serverBoot = min(self.serverBoot ?? boot, boot)
        }
    }

    /// Whether a message may be handled now that was received before others of its answer were handled.
    package func readiness(of messageID: String, at uptime: Duration) -> Readiness {
        guard let receipt = self.receipts[messageID], Self.isHidden(receipt, at: uptime) else { return .forget }
        return uptime - receipt.since < Self.maximumAge ? .handle : .hideAnew
    }

    /// The message was hidden anew by a request that began then.
    package mutating func hiddenAnew(_ messageID: String, at asked: Duration) {
        self.receipts[messageID]?.since = asked
    }

    /// The message was not handled, and will be if it is received again.
    package mutating func forget(_ messageID: String) {
        self.seen.remove(messageID)
        self.receipts[messageID] = nil
        self.taken -= 1
    }

    /// The message was deleted.
    package mutating func deleted(_ messageID: String) {
        self.receipts[messageID] = nil
    }

    /// What the message was received by last: by a former receipt SQS may delete nothing.
    package func receiptHandle(of messageID: String) -> String? {
        self.receipts[messageID]?.handle
    }

    /// The messages that are still hidden, first those that would be for longest.
    package func held(at uptime: Duration) -> [Held] {
        self.receipts.filter { Self.isHidden($0.value, at: uptime) }
            .sorted { ($1.value.since, $0.key) < ($0.value.since, $1.key) }
            .map { Held(messageID: $0.key, receiptHandle: $0.value.handle) }
    }

    private static func isHidden(_ receipt: Receipt, at uptime: Duration) -> Bool {
        uptime - receipt.since < .seconds(Self.hidingSeconds)
    }
}
