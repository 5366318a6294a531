internal import AWSClient
internal import JSONText
internal import Platform

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

// The tool's calls make a few attempts before their deadline; where the deadline is nil, only each attempt is limited.

extension AWSSession {
    /// One call of a JSON service.
    func call<Output>(
        _ service: AWSService,
        _ operation: String,
        deadline: UTCInstant?,
        write: (inout JSONWriter) -> Void,
        read: (inout JSONReader) throws -> Output
    ) async throws(AWSError) -> Output {
        try await self.call(service, operation, until: .attempts(before: deadline), write: write, read: read)
    }

    /// One call of a JSON service's operation that has no output.
    func call(
        _ service: AWSService,
        _ operation: String,
        deadline: UTCInstant?,
        write: (inout JSONWriter) -> Void
    ) async throws(AWSError) {
        try await self.call(service, operation, until: .attempts(before: deadline), write: write)
    }

    /// One call of a service with the query protocol.
    func callQuery<Output>(
        _ service: AWSService,
        _ operation: String,
        parameters: [(name: String, value: String)],
        deadline: UTCInstant?,
        read: (XMLElement) throws -> Output
    ) async throws(AWSError) -> Output {
        try await self.callQuery(
            service,
            operation,
            parameters: parameters,
            until: .attempts(before: deadline),
            read: read
        )
    }

    /// One call of any other service.
    func send<Output>(
        _ request: AWSRequest,
        deadline: UTCInstant?,
        read: (HTTPResponse) throws -> Output
    ) async throws(AWSError) -> Output {
        try await self.send(request, until: .attempts(before: deadline), read: read)
    }
}
