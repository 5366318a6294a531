internal import Platform

/// The wait that a service asks for.
enum RetryAfter {
    /// `x-amz-retry-after` in milliseconds, else `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), which counts
    /// from the answer's own.
    static func delay(of headers: HTTPHeaders) -> Duration? {
        if let milliseconds = headers["x-amz-retry-after"].flatMap(UInt32.init) { return .milliseconds(milliseconds) }
        guard let text = headers["Retry-After"] else { return nil }
        if let seconds = UInt32(text) { return .seconds(seconds) }
        guard let end = HTTPDate.parse(text), let date = headers["Date"].flatMap(HTTPDate.parse) else { return nil }
        return max(.zero, end - date)
    }
}
