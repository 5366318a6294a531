extension AWSSession {
    /// One call of a service with the query protocol: a form in, XML out.
    ///
    /// `read` takes `<OperationResult>`.
    package func callQuery<Output>(
        _ service: AWSService,
        _ operation: String,
        parameters: [(name: String, value: String)],
        until limit: CallLimit,
        read: (XMLElement) throws -> Output
    ) async throws(AWSError) -> Output {
        guard case .query(let version) = service.wireProtocol else {
            preconditionFailure("the description of a service says how it is spoken to")
        }
        let fields = [(name: "Action", value: operation), (name: "Version", value: version)] + parameters
        var form = ""
        for field in fields {
            form += form.isEmpty ? "" : "&"
            form += "\(PercentEncoding.encode(field.name))=\(PercentEncoding.encode(field.value))"
        }
        var request = AWSRequest(service: service, operation: operation)
        request.headers = ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"]
        request.body = Array(form.utf8)
        return try await self.send(request, until: limit) { response in
            let root = try XMLElement(parsing: response.body)
            guard let result = root["\(operation)Result"] else { throw UnexpectedAnswer.without("\(operation)Result") }
            return try read(result)
        }
    }
}

/// Why an answer of 2xx that can be read is not the operation's.
package struct UnexpectedAnswer: Error, CustomStringConvertible {
    /// What the answer lacks.
    package let description: String

    /// The answer lacks what the operation is called for.
    package static func without(_ what: String) -> UnexpectedAnswer {
        UnexpectedAnswer(description: "the answer has no \(what)")
    }

    /// The answer has a body, although answers to the operation have none.
    package static let withBody = UnexpectedAnswer(description: "the answer has a body, where none belongs")
}
