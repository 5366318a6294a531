internal import JSONText
internal import Platform

/// What the services with a JSON protocol have in common.
struct JSONProtocol: Sendable {
    let service: AWSService
    /// `DynamoDB_20120810`, the first part of `X-Amz-Target`.
    let targetPrefix: String
    /// `1.0` or `1.1`.
    let version: String
}

extension AWSSession {
    /// One call of a JSON service.
    ///
    /// `write` gives the members of the request's object, `read` takes the answer's. An answer without a body is damaged:
    /// an operation with an output has at least `{}`, which from `GetItem` says that there is no item.
    func call<Output>(
        _ json: JSONProtocol,
        _ operation: String,
        deadline: UTCInstant?,
        attemptTimeout: Duration? = nil,
        answerDelay: Duration = .zero,
        write: (inout JSONWriter) -> Void,
        read: (inout JSONReader) throws -> Output
    ) async throws(AWSError) -> Output {
        var request = Self.request(json, operation, write)
        if let attemptTimeout { request.attemptTimeout = attemptTimeout }
        request.answerDelay = answerDelay
        return try await self.send(request, deadline: deadline) { response in
            try JSONReader.read(response.body, read)
        }
    }

    /// One call of an operation that has no output, which SQS answers without a body.
    func call(
        _ json: JSONProtocol,
        _ operation: String,
        deadline: UTCInstant?,
        write: (inout JSONWriter) -> Void
    ) async throws(AWSError) {
        try await self.send(Self.request(json, operation, write), deadline: deadline) { response in
            if !response.body.isEmpty { try JSONReader.read(response.body) { try $0.readNothing() } }
        }
    }

    private static func request(
        _ json: JSONProtocol,
        _ operation: String,
        _ write: (inout JSONWriter) -> Void
    ) -> AWSRequest {
        var writer = JSONWriter()
        writer.object(write)
        var request = AWSRequest(service: json.service, operation: operation)
        request.headers = [
            "Content-Type": "application/x-amz-json-\(json.version)",
            "X-Amz-Target": "\(json.targetPrefix).\(operation)",
        ]
        request.body = writer.bytes
        return request
    }
}

extension JSONWriter {
    /// A member that is left out where the value is nil.
    mutating func optional(_ key: String, _ value: String?) {
        if let value { self.member(key, value) }
    }

    /// A member that is left out where the value is nil.
    mutating func optional(_ key: String, _ value: Int?) {
        guard let value else { return }
        self.key(key)
        self.integer(value)
    }

    /// An object of strings, its keys sorted.
    mutating func strings(_ key: String, _ members: [String: String]) {
        self.key(key)
        self.object { writer in
            for (name, value) in members.sorted(by: { $0.key < $1.key }) { writer.member(name, value) }
        }
    }
}

extension JSONReader {
    /// A string, or nil for `null`.
    mutating func readOptionalString() throws -> String? {
        try self.readNull() ? nil : try self.readString()
    }

    /// An object of strings.
    mutating func readStrings() throws -> [String: String] {
        var members: [String: String] = [:]
        try self.readObject { key, reader in members[key.string] = try reader.readString() }
        return members
    }

    /// The answer's only member that matters.
    mutating func readMember<Value>(
        _ name: StaticString,
        _ read: (inout JSONReader) throws -> Value
    ) throws -> Value? {
        var value: Value?
        try self.readObject { key, reader in
            if key == name { value = try read(&reader) } else { try reader.skip() }
        }
        return value
    }

    /// A member without which the answer does not say what it should.
    mutating func readRequiredMember<Value>(
        _ name: StaticString,
        _ read: (inout JSONReader) throws -> Value
    ) throws -> Value {
        guard let value = try self.readMember(name, read) else {
            throw self.error(.missingMember, "answer without \(name)")
        }
        return value
    }

    /// Passes over an object none of whose members matters.
    mutating func readNothing() throws {
        try self.readObject { _, reader in try reader.skip() }
    }
}
