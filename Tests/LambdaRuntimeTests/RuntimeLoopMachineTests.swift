import LambdaRuntime
import Platform
import TestSupport
import Testing

@Suite struct RuntimeLoopMachineTests {
    typealias Event = RuntimeLoopMachine.Event
    typealias Action = RuntimeLoopMachine.Action

    /// A machine in the state in which `event` can come, and in which nothing has failed yet.
    private static func machine(before event: Event, backoff: Backoff = RuntimeLoopMachine.usualBackoff)
        -> RuntimeLoopMachine
    {
        var machine = RuntimeLoopMachine(backoff: backoff)
        let path: [Event] =
            switch event {
            case .started: []
            case .nextAnswered, .nextFailed, .drained: [.started]
            case .handled: [.started, .nextAnswered(status: 200, hasRequestID: true)]
            case .postAnswered, .postFailed: [.started, .nextAnswered(status: 200, hasRequestID: true), .handled]
            }
        for event in path { _ = machine.react(to: event, random: SeededRandom(seed: 1)) }
        return machine
    }

    /// One step out of the state in which nothing has failed yet.
    @Test(
        arguments: [
            (.started, .requestNext(after: .zero), nil),
            (.nextAnswered(status: 200, hasRequestID: true), .invoke, nil),
            (.nextAnswered(status: 500, hasRequestID: false), .stop(exitCode: 1), .fatal),
            (.nextFailed(.lost), .requestNext(after: .zero), .debug),
            (.nextFailed(.notDelivered), .requestNext(after: .zero), .debug),
            (.nextFailed(.reset), .requestNext(after: .zero), .debug),
            (.handled, .post(after: .zero), nil),
            (.postAnswered(status: 202), .requestNext(after: .zero), nil),
            (.postAnswered(status: 200), .requestNext(after: .zero), nil),
            (.postAnswered(status: 302), .requestNext(after: .zero), .error),
            (.postAnswered(status: 400), .requestNext(after: .zero), .error),
            (.postAnswered(status: 403), .requestNext(after: .zero), .error),
            (.postAnswered(status: 410), .requestNext(after: .zero), .error),
            (.postAnswered(status: 413), .requestNext(after: .zero), .error),
            (.postAnswered(status: 500), .stop(exitCode: 1), .fatal),
            (.postFailed(.notDelivered), .post(after: .zero), .debug),
            (.postFailed(.unreachable(reason: "")), .post(after: .zero), .debug),
            (.postFailed(.reset), .post(after: .zero), .debug),
            (.postFailed(.lost), .requestNext(after: .zero), .error),
            (.postFailed(.timedOut), .requestNext(after: .zero), .error),
            (.postFailed(.malformed(.malformedHeader)), .requestNext(after: .zero), .error),
            (.drained, .stop(exitCode: 0), nil),
        ] as [(Event, Action, LogLevel?)]
    )
    func `reacts`(event: Event, action: Action, level: LogLevel?) {
        var machine = Self.machine(before: event)
        let random = SeededRandom(seed: 1)
        let decision = machine.react(to: event, random: random)
        #expect(decision.action == action)
        #expect(decision.notice?.level == level)
    }

    /// What is worth a wait: the first try after it comes later, and after the last one the process ends.
    @Test(
        arguments: [
            .nextAnswered(status: 200, hasRequestID: false), .nextAnswered(status: 403, hasRequestID: true),
            .nextAnswered(status: 503, hasRequestID: false), .nextFailed(.unreachable(reason: "")),
            .nextFailed(.timedOut),
            .nextFailed(.malformed(.malformedStatusLine)), .nextFailed(.lost), .nextFailed(.notDelivered),
            .nextFailed(.reset),
            .postFailed(.unreachable(reason: "")), .postFailed(.notDelivered),
        ] as [Event]
    )
    func `waits longer and longer, then gives up`(event: Event) {
        let backoff = Backoff(base: .milliseconds(20), cap: .milliseconds(100), jitter: .half, limit: 5)
        var machine = Self.machine(before: event, backoff: backoff)
        let random = SeededRandom(seed: 7)
        var waits: [Duration] = []
        while waits.count < 10 {
            switch machine.react(to: event, random: random).action {
            case .requestNext(let delay), .post(let delay): waits.append(delay)
            case .stop(let exitCode):
                #expect(exitCode == 1)
                #expect(waits.count == 4)
                #expect(waits[1] >= .milliseconds(20) && waits[1] <= .milliseconds(40))
                #expect(waits[2] >= .milliseconds(40) && waits[2] <= .milliseconds(80))
                #expect(waits[3] >= .milliseconds(50) && waits[3] <= .milliseconds(100))
                return
            case .invoke:
                Issue.record("a failure led to an invocation")
                return
            }
        }
        Issue.record("it never gave up")
    }

    @Test func `success forgives failures`() {
        let backoff = Backoff(base: .milliseconds(20), cap: .seconds(1), jitter: .half, limit: 3)
        var machine = Self.machine(before: .nextFailed(.lost), backoff: backoff)
        let random = SeededRandom(seed: 3)
        for _ in 1...10 {
            _ = machine.react(to: .nextFailed(.lost), random: random)
            _ = machine.react(to: .nextFailed(.lost), random: random)
            #expect(
                machine.react(to: .nextAnswered(status: 200, hasRequestID: true), random: random).action == .invoke
            )
            _ = machine.react(to: .handled, random: random)
            _ = machine.react(to: .postFailed(.notDelivered), random: random)
            #expect(
                machine.react(to: .postAnswered(status: 202), random: random).action == .requestNext(after: .zero)
            )
        }
    }

    @Test func `a response is sent again once after a reset`() {
        var machine = Self.machine(before: .nextAnswered(status: 200, hasRequestID: true))
        let random = SeededRandom(seed: 5)
        for _ in 1...3 {
            _ = machine.react(to: .nextAnswered(status: 200, hasRequestID: true), random: random)
            _ = machine.react(to: .handled, random: random)
            #expect(machine.react(to: .postFailed(.reset), random: random).action == .post(after: .zero))
            let decision = machine.react(to: .postFailed(.reset), random: random)
            #expect(decision.action == .requestNext(after: .zero))
            #expect(decision.notice?.level == .error)
        }
    }

    @Test func `a lost response does not forgive the failures before it`() {
        var machine = Self.machine(before: .postFailed(.notDelivered))
        let random = SeededRandom(seed: 9)
        _ = machine.react(to: .postFailed(.notDelivered), random: random)
        _ = machine.react(to: .postFailed(.lost), random: random)
        let decision = machine.react(to: .nextFailed(.lost), random: random)
        #expect(decision.notice?.level == .warn)
        #expect(decision.action != .requestNext(after: .zero))
    }

    @Test func `a process waits for the Runtime API eight times, no longer than three seconds in all`() {
        let random = SeededRandom(seed: 11)
        let backoff = RuntimeLoopMachine.usualBackoff
        let longest = (1..<8).map { backoff.longestDelay(afterFailures: $0) }.reduce(.zero, +)
        #expect(longest < .seconds(3))
        #expect(backoff.delay(afterFailures: 7, random: random) != nil)
        #expect(backoff.delay(afterFailures: 8, random: random) == nil)
    }
}

/// Events that cannot happen in the machine's state: the process ends rather than answer an invocation that is not its own.
@Suite struct ImpossibleTransitionTests {
    private static func react(to events: RuntimeLoopMachine.Event...) {
        var machine = RuntimeLoopMachine()
        for event in events { _ = machine.react(to: event, random: SeededRandom(seed: 1)) }
    }

    @Test func `a handler cannot be done before its event came`() async {
        await #expect(processExitsWith: .failure) {
            ImpossibleTransitionTests.react(to: .started, .handled)
        }
    }

    @Test func `nothing is answered before the loop has started`() async {
        await #expect(processExitsWith: .failure) {
            ImpossibleTransitionTests.react(to: .nextAnswered(status: 200, hasRequestID: true))
        }
    }

    @Test func `no second event comes while the handler has one`() async {
        await #expect(processExitsWith: .failure) {
            let event = RuntimeLoopMachine.Event.nextAnswered(status: 200, hasRequestID: true)
            ImpossibleTransitionTests.react(to: .started, event, event)
        }
    }

    @Test func `a response is not answered before it was made`() async {
        await #expect(processExitsWith: .failure) {
            let event = RuntimeLoopMachine.Event.nextAnswered(status: 200, hasRequestID: true)
            ImpossibleTransitionTests.react(to: .started, event, .postAnswered(status: 202))
        }
    }

    @Test func `a response is answered once`() async {
        await #expect(processExitsWith: .failure) {
            let event = RuntimeLoopMachine.Event.nextAnswered(status: 200, hasRequestID: true)
            ImpossibleTransitionTests.react(
                to: .started,
                event,
                .handled,
                .postAnswered(status: 202),
                .postAnswered(status: 202)
            )
        }
    }

    @Test func `a loop does not drain with an invocation in flight`() async {
        await #expect(processExitsWith: .failure) {
            let event = RuntimeLoopMachine.Event.nextAnswered(status: 200, hasRequestID: true)
            ImpossibleTransitionTests.react(to: .started, event, .handled, .drained)
        }
    }

    @Test func `nothing happens after the end`() async {
        await #expect(processExitsWith: .failure) {
            ImpossibleTransitionTests.react(to: .started, .drained, .nextFailed(.lost))
        }
    }
}
