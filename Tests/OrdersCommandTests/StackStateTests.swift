import Foundation
import OrdersCommand
import Testing

/// What a command makes of the stack's state, for each of CloudFormation's.
@Suite struct StackStateTests {
    private static let settled = [
        "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE",
    ]
    private static let changing = [
        "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "IMPORT_IN_PROGRESS", "IMPORT_ROLLBACK_IN_PROGRESS",
    ]
    private static let stuck = ["UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED", "IMPORT_ROLLBACK_FAILED"]
    private static let unusable = [
        "CREATE_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED", "ROLLBACK_COMPLETE",
        "REVIEW_IN_PROGRESS", "DELETE_IN_PROGRESS", "DELETE_FAILED", "DELETE_COMPLETE",
    ]

    private static func state(_ status: String) -> StackState {
        StackState(status: status, stack: "shop", region: "eu-central-1")
    }

    @Test(arguments: settled)
    func `a stack whose last change has ended is used without a word`(status: String) {
        let state = Self.state(status)
        #expect(state.use == .settled)
        #expect(state.note == nil && state.refusal == nil)
        #expect(Judgement.stack(state) == .well("stack shop", status))
    }

    @Test(arguments: changing)
    func `a stack that is being changed is used with a note`(status: String) throws {
        let state = Self.state(status)
        #expect(state.use == .changing && state.refusal == nil)
        #expect(try #require(state.note).hasPrefix("the stack shop is \(status): "))
        #expect(
            Judgement.stack(state)
                == .ill("stack shop", "\(status): \(state.meaning)", "wait until that is done, and look again")
        )
    }

    @Test(arguments: stuck)
    func `a stack whose change failed is used with a note of what to do, and is not well`(status: String) throws {
        let state = Self.state(status)
        #expect(state.use == .stuck && state.refusal == nil)
        let note = try #require(state.note)
        #expect(note.hasPrefix("the stack shop is \(status): ") && note.contains("see its events"))
        #expect(!note.contains("wait"), "waiting does not end it")
        #expect(Judgement.stack(state) == .ill("stack shop", "\(status): \(state.meaning)", state.advice))
    }

    @Test(arguments: unusable)
    func `a stack without its parts is refused as a failure, with what to do`(status: String) throws {
        let state = Self.state(status)
        #expect(state.use == .unusable && state.note == nil)
        let refusal = try #require(state.refusal)
        #expect(refusal.code == .failed)
        #expect(refusal.description == "the stack shop is \(status): \(state.meaning); \(state.advice)")
        // A review is over only when somebody deploys.
        let endsByItself = status.hasSuffix("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS"
        #expect(state.advice.hasPrefix("wait until that is done") == endsByItself)
        #expect(Judgement.stack(state).isIll)
    }

    @Test(arguments: [
        ("UPDATE_FAILED", "aws cloudformation rollback-stack --stack-name shop --region eu-central-1"),
        (
            "UPDATE_ROLLBACK_FAILED",
            "aws cloudformation continue-update-rollback --stack-name shop --region eu-central-1"
        ),
        ("ROLLBACK_FAILED", "scripts/deploy --delete --yes --stack shop --region eu-central-1"),
        ("ROLLBACK_COMPLETE", "scripts/deploy makes it anew"),
        ("REVIEW_IN_PROGRESS", "scripts/deploy makes it anew"),
    ])
    func `the advice names the command that leads out of the state`(status: String, command: String) {
        #expect(Self.state(status).advice.contains(command))
    }

    @Test func `an update that was not taken back is before the next one, which CloudFormation would refuse`() throws {
        let steps = ["see its events", "rollback-stack", "deploy again"]
        let advice = Self.state("UPDATE_FAILED").advice
        let places = try steps.map { step in try #require(advice.range(of: step)).lowerBound }
        #expect(places == places.sorted())
        #expect(!advice.contains(", or "))
    }

    @Test(arguments: ["MIGRATE_IN_PROGRESS", ""])
    func `a state that nobody knows here stops no command`(status: String) {
        let state = Self.state(status)
        #expect(state.use == .unknown && state.note != nil && state.refusal == nil)
        #expect(Judgement.stack(state).verdict == .untold)
    }

    @Test func `a deployed stack tells its own state`() {
        let id = "arn:aws:cloudformation:eu-central-1:123456789012:stack/shop/1"
        let stack = DeployedStack(name: "shop", id: id, status: "UPDATE_ROLLBACK_FAILED")
        #expect(stack.state == Self.state("UPDATE_ROLLBACK_FAILED"))
    }
}
