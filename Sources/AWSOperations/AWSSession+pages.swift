internal import AWSClient

extension AWSSession {
    /// Fetches page after page until one names no next one.
    ///
    /// A service that names a page twice would be asked for ever, as was met in the field (botocore issue 3778): the
    /// listing ends with `.repeatedPage`, at the second time.
    /// - Parameter fetch: takes the token of the page, nil for the first, and gives that of the next one.
    static func forEachPage(
        of operation: String,
        _ fetch: (_ token: String?) async throws(AWSError) -> String?
    ) async throws(AWSError) {
        var seen: Set<String> = []
        var token: String?
        repeat {
            token = try await fetch(token)
            if let token, !seen.insert(token).inserted { throw self.repeatedPage(of: operation) }
        } while token != nil
    }

    /// The error of a listing that goes round.
    static func repeatedPage(of operation: String) -> AWSError {
        AWSError(
            code: .repeatedPage,
            message: "the service names a page that it has given already, so that the listing would never end",
            operation: operation
        )
    }
}
