package import JSONText

extension AWSSession {
    /// One call of a JSON service.
    ///
    /// `write` gives the members of the request's object, `read` takes the answer's. An answer without a body is damaged:
    /// an operation with an output has at least `{}`, which from `GetItem` says that there is no item.
    package func call<Output>(
        _ service: AWSService,
        _ operation: String,
        until limit: CallLimit,
        write: (inout JSONWriter) -> Void,
        read: (inout JSONReader) throws -> Output
    ) async throws(AWSError) -> Output {
        try await self.send(Self.request(service, operation, write), until: limit) { response in
            try JSONReader.read(response.body, read)
        }
    }

    /// One call of a JSON service by attempts that tell afterwards what became of them.
    func call<Output>(
        _ service: AWSService,
        _ operation: String,
        attempts: inout CallAttempts,
        attemptTimeout: Duration? = nil,
        write: (inout JSONWriter) -> Void,
        read: (inout JSONReader) throws -> Output
    ) async throws(AWSError) -> Output {
        var request = Self.request(service, operation, write)
        if let attemptTimeout { request.attemptTimeout = attemptTimeout }
        return try await self.send(request, attempts: &attempts) { response in
            try JSONReader.read(response.body, read)
        }
    }

    /// One call of an operation that has no output, which SQS answers without a body.
    package func call(
        _ service: AWSService,
        _ operation: String,
        until limit: CallLimit,
        write: (inout JSONWriter) -> Void
    ) async throws(AWSError) {
        try await self.send(Self.request(service, operation, write), until: limit) { response in
            if !response.body.isEmpty { try JSONReader.read(response.body) { try $0.readNothing() } }
        }
    }

    /// The request of a JSON service's operation; `write` gives the members of its object.
    package static func request(
        _ service: AWSService,
        _ operation: String,
        _ write: (inout JSONWriter) -> Void
    ) -> AWSRequest {
        guard case .json(let version, let targetPrefix) = service.wireProtocol else {
            preconditionFailure("the description of a service says how it is spoken to")
        }
        var writer = JSONWriter()
        writer.object(write)
        var request = AWSRequest(service: service, operation: operation)
        request.headers = [
            "Content-Type": "application/x-amz-json-\(version)",
            "X-Amz-Target": "\(targetPrefix).\(operation)",
        ]
        request.body = writer.bytes
        return request
    }
}

extension JSONWriter {
    /// A member that is left out where the value is nil.
    package mutating func optional(_ key: String, _ value: String?) {
        if let value { self.member(key, value) }
    }

    /// A member that is left out where the value is nil.
    package mutating func optional(_ key: String, _ value: Int?) {
        guard let value else { return }
        self.key(key)
        self.integer(value)
    }

    /// An object of strings, its keys sorted.
    package mutating func strings(_ key: String, _ members: [String: String]) {
        self.key(key)
        self.object { writer in
            for (name, value) in members.sorted(by: { $0.key < $1.key }) { writer.member(name, value) }
        }
    }
}

extension JSONReader {
    /// A string, or nil for `null`.
    package mutating func readOptionalString() throws -> String? {
        try self.readNull() ? nil : try self.readString()
    }

    /// An object of strings.
    package mutating func readStrings() throws -> [String: String] {
        var members: [String: String] = [:]
        try self.readObject { key, reader in members[key.string] = try reader.readString() }
        return members
    }

    /// The answer's only member that matters.
    package mutating func readMember<Value>(
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
    package mutating func readRequiredMember<Value>(
        _ name: StaticString,
        _ read: (inout JSONReader) throws -> Value
    ) throws -> Value {
        guard let value = try self.readMember(name, read) else {
            throw self.error(.missingMember, "answer without \(name)")
        }
        return value
    }

    /// Passes over an object none of whose members matters.
    package mutating func readNothing() throws {
        try self.readObject { _, reader in try reader.skip() }
    }
}
