/// What the status that CloudFormation gives a stack means for a command that works with the stack's parts.
///
/// An update leads from one set of parts to another, so that queues, tables and functions are there and orders flow in
/// each of its states. What a creation leaves before it is complete, and a deletion, is no pipeline.
package struct StackState: Sendable, Equatable {
    /// What can be done with the stack.
    package enum Use: Sendable, Equatable {
        /// The parts are as they were deployed.
        case settled
        /// The parts are there, and CloudFormation is changing them.
        case changing
        /// The parts are there, and CloudFormation has ended in the middle of a change.
        case stuck
        /// The parts are not there, or not all of them.
        case unusable
        /// CloudFormation has a status that this tool does not know: nothing says that the parts are gone.
        case unknown
    }

    /// The stack's name.
    package let stack: String
    /// `CREATE_COMPLETE` and so on.
    package let status: String
    /// What can be done with the stack.
    package let use: Use
    /// What has come to pass, as a sentence without its full stop; empty for what is settled.
    package let meaning: String
    /// What to do about it; empty for what is settled.
    package let advice: String

    /// The state of the stack of that name, whose status CloudFormation gives; the region is for the advice.
    package init(status: String, stack: String, region: String) {
        let reading = Self.read(status, stack, region)
        self.stack = stack
        self.status = status
        self.use = reading.use
        self.meaning = reading.meaning
        self.advice = reading.advice
    }

    /// What a command that goes on says before it does; nil where there is nothing to say.
    package var note: String? {
        switch self.use {
        case .settled, .unusable: nil
        case .changing, .stuck, .unknown: self.sentence
        }
    }

    /// Why no command can work with the stack; nil where one can.
    package var refusal: ToolError? {
        switch self.use {
        case .unusable: .failed(self.sentence)
        case .settled, .changing, .stuck, .unknown: nil
        }
    }

    private var sentence: String { "the stack \(self.stack) is \(self.status): \(self.meaning); \(self.advice)" }

    private static let looking = "wait until that is done, and look again"
    private static let making = "scripts/deploy makes it anew"

    private static func read(
        _ status: String,
        _ stack: String,
        _ region: String
    ) -> (use: Use, meaning: String, advice: String) {
        let named = "--stack-name \(stack) --region \(region)"
        let mending = "see its events, mend what they name, and"
        let removing =
            "see its events, delete it by scripts/deploy --delete --yes --stack \(stack) --region \(region), "
            + "and deploy it again"
        switch status {
        case "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE",
            "IMPORT_ROLLBACK_COMPLETE":
            return (.settled, "", "")

        case "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS":
            return (.changing, "CloudFormation is changing it, part by part", Self.looking)
        case "UPDATE_ROLLBACK_IN_PROGRESS", "IMPORT_ROLLBACK_IN_PROGRESS":
            return (.changing, "a change failed, and CloudFormation is taking it back, part by part", Self.looking)
        case "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS":
            return (.changing, "it is updated, and what that has replaced is being deleted", Self.looking)
        case "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS":
            return (.changing, "a failed update is taken back, and what it had made is being deleted", Self.looking)

        case "UPDATE_FAILED":
            // CloudFormation refuses an update of such a stack, unless it is told not to take that one back either.
            let advice = "\(mending) take it back by aws cloudformation rollback-stack \(named), and deploy again then"
            return (.stuck, "an update failed and was not taken back", advice)
        case "UPDATE_ROLLBACK_FAILED":
            let advice = "\(mending) go on with aws cloudformation continue-update-rollback \(named)"
            return (.stuck, "an update failed, and could be taken back only in part", advice)
        case "IMPORT_ROLLBACK_FAILED":
            let advice = "see its events, and mend what they name"
            return (.stuck, "an import failed, and could be taken back only in part", advice)

        case "CREATE_IN_PROGRESS":
            return (.unusable, "it is being created", "wait until that is done")
        case "CREATE_FAILED":
            return (.unusable, "its creation failed", removing)
        case "ROLLBACK_IN_PROGRESS":
            let advice = "wait until that is done; then \(Self.making)"
            return (.unusable, "its creation failed, and what it had made is being deleted", advice)
        case "ROLLBACK_FAILED":
            return (.unusable, "its creation failed, and could be taken back only in part", removing)
        case "ROLLBACK_COMPLETE":
            return (.unusable, "its creation failed, and nothing of it is left", Self.making)
        case "REVIEW_IN_PROGRESS":
            return (.unusable, "it has a change set that was never executed, and no parts", Self.making)
        case "DELETE_IN_PROGRESS":
            return (.unusable, "it is being deleted", "wait until that is done; then \(Self.making)")
        case "DELETE_FAILED":
            return (.unusable, "it could be deleted only in part", removing)
        case "DELETE_COMPLETE":
            return (.unusable, "it is deleted", Self.making)

        default:
            let advice = "aws cloudformation describe-stacks \(named) says why it is so"
            return (.unknown, "this tool does not know that state", advice)
        }
    }
}
