internal import Platform

extension AWSSession {
    /// One call of a service with the query protocol: a form in, XML out.
    ///
    /// `read` takes `<OperationResult>`.
    func callQuery<Output>(
        _ service: AWSService,
        _ operation: String,
        version: String,
        parameters: [(name: String, value: String)],
        deadline: UTCInstant?,
        read: (XMLElement) throws -> Output
    ) async throws(AWSError) -> Output {
        let fields = [(name: "Action", value: operation), (name: "Version", value: version)] + parameters
        var form = ""
        for field in fields {
            form += form.isEmpty ? "" : "&"
            form += "\(PercentEncoding.encode(field.name))=\(PercentEncoding.encode(field.value))"
        }
        var request = AWSRequest(service: service, operation: operation)
        request.headers = ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"]
        request.body = Array(form.utf8)
        return try await self.send(request, deadline: deadline) { response in
            let root = try XMLElement(parsing: response.body)
            guard let result = root["\(operation)Result"] else { throw UnexpectedAnswer.without("\(operation)Result") }
            return try read(result)
        }
    }
}
