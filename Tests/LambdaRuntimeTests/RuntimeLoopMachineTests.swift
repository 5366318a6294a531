import LambdaRuntime
import TestSupport
import Testing

@Suite struct RuntimeLoopMachineTests {
    typealias Event = RuntimeLoopMachine.Event
    typealias Action = RuntimeLoopMachine.Action

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
        var machine = RuntimeLoopMachine()
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
        var machine = RuntimeLoopMachine(backoff: Backoff(base: .milliseconds(20), cap: .milliseconds(100), limit: 5))
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
        var machine = RuntimeLoopMachine(backoff: Backoff(limit: 3))
        let random = SeededRandom(seed: 3)
        for _ in 1...10 {
            _ = machine.react(to: .nextFailed(.lost), random: random)
            _ = machine.react(to: .nextFailed(.lost), random: random)
            #expect(
                machine.react(to: .nextAnswered(status: 200, hasRequestID: true), random: random).action == .invoke
            )
            _ = machine.react(to: .postFailed(.notDelivered), random: random)
            #expect(
                machine.react(to: .postAnswered(status: 202), random: random).action == .requestNext(after: .zero)
            )
        }
    }

    @Test func `a response is sent again once after a reset`() {
        var machine = RuntimeLoopMachine()
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

    @Test func `waits are spread`() {
        let random = SeededRandom(seed: 11)
        let backoff = Backoff()
        let waits = (0..<100).compactMap { _ in backoff.delay(afterFailures: 3, random: random) }
        #expect(Set(waits).count > 50)
        #expect(waits.allSatisfy { $0 >= Duration.milliseconds(40) && $0 <= Duration.milliseconds(80) })
        #expect(backoff.delay(afterFailures: 8, random: random) == nil)
    }
}
