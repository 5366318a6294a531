/// Whether an invocation to which nothing happened did all that it was given.
///
/// What others have in flight meanwhile, late requests of the dead included, is no reason to fail.
enum UndisturbedCheck {
    /// What is wrong with an outcome, in words; nil where nothing is, or where something has happened.
    ///
    /// `reasons` are the items that it may report all the same: what nobody can read, or where a part of the batch may end.
    static func problem(_ outcome: Outcome, failing reasons: Set<String> = []) -> String? {
        guard outcome.isUndisturbed else { return nil }
        guard let failures = BatchAnswer.failures(outcome) else {
            return "\(outcome.requestID), to which nothing happened: \(outcome.ending.words)"
        }
        guard let item = failures.first(where: { !reasons.contains($0) }) else { return nil }
        return "\(outcome.requestID), to which nothing happened, reports \(item)"
    }
}
