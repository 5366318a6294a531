/// The wait that a service asks for.
enum RetryAfter {
    /// `x-amz-retry-after` in milliseconds, else `Retry-After` in seconds; its other form, a date, is not used by AWS.
    static func delay(of headers: HTTPHeaders) -> Duration? {
        if let milliseconds = headers["x-amz-retry-after"].flatMap(UInt32.init) { return .milliseconds(milliseconds) }
        return headers["Retry-After"].flatMap(UInt32.init).map { .seconds($0) }
    }
}
