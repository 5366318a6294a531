/// What an invocation came to, until it is posted.
enum InvocationResult: Sendable {
    case success([UInt8])
    case failure(ErrorReport)
}
