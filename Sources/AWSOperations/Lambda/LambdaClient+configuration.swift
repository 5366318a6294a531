package import AWSClient
internal import JSONText
package import Platform

extension LambdaClient {
    /// What the function is set to, and what has come of the last change.
    package func getFunctionConfiguration(
        name: String,
        deadline: UTCInstant?
    ) async throws(AWSError) -> LambdaFunctionConfiguration {
        var request = AWSRequest(service: .lambda, operation: "GetFunctionConfiguration", method: .get)
        request.path = "/2015-03-31/functions/\(PercentEncoding.encode(name))/configuration"
        return try await self.session.send(request, deadline: deadline) { response in
            try JSONReader.read(response.body) { reader in try LambdaFunctionConfiguration(from: &reader) }
        }
    }

    /// What a mapping is set to, and how it is.
    package func getEventSourceMapping(
        id: String,
        deadline: UTCInstant?
    ) async throws(AWSError) -> LambdaEventSourceMapping {
        var request = AWSRequest(service: .lambda, operation: "GetEventSourceMapping", method: .get)
        request.path = "/2015-03-31/event-source-mappings/\(PercentEncoding.encode(id))"
        return try await self.session.send(request, deadline: deadline) { response in
            try JSONReader.read(response.body) { reader in try LambdaEventSourceMapping(from: &reader) }
        }
    }
}

extension LambdaClient {
    /// What the account may run and store in this region, and what it does store.
    package func getAccountSettings(deadline: UTCInstant?) async throws(AWSError) -> LambdaAccountSettings {
        var request = AWSRequest(service: .lambda, operation: "GetAccountSettings", method: .get)
        request.path = "/2016-08-19/account-settings"
        return try await self.session.send(request, deadline: deadline) { response in
            try JSONReader.read(response.body) { reader in try LambdaAccountSettings(from: &reader) }
        }
    }
}

/// Limits of Lambda for one account in one region, as `getAccountSettings` shows them.
package struct LambdaAccountSettings: Sendable, Equatable {
    /// Invocations at a time, of all functions.
    package var concurrentExecutions = 0
    /// Those of them that are reserved for no function.
    package var unreservedConcurrentExecutions = 0
    /// Bytes of code that may be stored.
    package var maximumCodeSize: Int64 = 0
    /// Bytes of code that are stored.
    package var codeSize: Int64 = 0

    /// Limits of nothing.
    package init() {}

    fileprivate init(from reader: inout JSONReader) throws {
        self.init()
        try reader.readObject { key, reader in
            switch key {
            case "AccountLimit":
                try reader.readObject { key, reader in
                    switch key {
                    case "ConcurrentExecutions": self.concurrentExecutions = Int(try reader.readInteger())
                    case "UnreservedConcurrentExecutions":
                        self.unreservedConcurrentExecutions = Int(try reader.readInteger())
                    case "TotalCodeSize": self.maximumCodeSize = try reader.readInteger()
                    default: try reader.skip()
                    }
                }
            case "AccountUsage":
                try reader.readObject { key, reader in
                    if key == "TotalCodeSize" {
                        self.codeSize = try reader.readInteger()
                    } else {
                        try reader.skip()
                    }
                }
            default: try reader.skip()
            }
        }
        guard self.concurrentExecutions > 0 else { throw UnexpectedAnswer.without("AccountLimit") }
    }
}

/// A function as `getFunctionConfiguration` shows it; what the answer leaves out is nil.
package struct LambdaFunctionConfiguration: Sendable, Equatable {
    /// `Active`, `Pending`, `Inactive` or `Failed`.
    package var state: String?
    /// Why it is not active.
    package var stateReason: String?
    /// `Successful`, `Failed` or `InProgress`.
    package var lastUpdateStatus: String?
    /// The SHA-256 of its zip, in Base64.
    package var codeSHA256: String?
    /// Seconds.
    package var timeout: Int?
    /// MB.
    package var memorySize: Int?
    /// Its environment; nil where AWS does not show it, as to somebody who may not use its key.
    package var variables: [String: String]?

    /// A function of which nothing is known.
    package init() {}

    fileprivate init(from reader: inout JSONReader) throws {
        self.init()
        var isNamed = false
        try reader.readObject { key, reader in
            switch key {
            case "FunctionName": isNamed = try reader.readOptionalString() != nil
            case "State": self.state = try reader.readOptionalString()
            case "StateReason": self.stateReason = try reader.readReason()
            case "LastUpdateStatus": self.lastUpdateStatus = try reader.readOptionalString()
            case "CodeSha256": self.codeSHA256 = try reader.readOptionalString()
            case "Timeout": self.timeout = Int(try reader.readInteger())
            case "MemorySize": self.memorySize = Int(try reader.readInteger())
            case "Environment":
                if try reader.readNull() { return }
                self.variables = try reader.readMember("Variables") { try $0.readStrings() }
            default: try reader.skip()
            }
        }
        guard isNamed else { throw UnexpectedAnswer.without("FunctionName") }
    }
}

/// A mapping as `getEventSourceMapping` shows it.
package struct LambdaEventSourceMapping: Sendable, Equatable {
    /// `Enabled`, `Disabled`, `Enabling` and so on.
    package var state = ""
    /// `OK`, `No records processed`, or what went wrong; nil for a queue's.
    package var lastProcessingResult: String?
    /// What it is set to, by the paths of `JSONReader.readSettings`.
    package var settings: [String: String] = [:]

    /// A mapping of which nothing is known.
    package init() {}

    fileprivate init(from reader: inout JSONReader) throws {
        self.init()
        try reader.readObject { key, reader in
            switch key {
            case "State": self.state = try reader.readString()
            case "LastProcessingResult": self.lastProcessingResult = try reader.readReason()
            default: try reader.readSettings(at: key.string, into: &self.settings)
            }
        }
        guard !self.state.isEmpty else { throw UnexpectedAnswer.without("State") }
    }
}

extension JSONReader {
    /// A text that says why something is as it is; an empty one says nothing.
    mutating func readReason() throws -> String? {
        try self.readOptionalString().flatMap { $0.isEmpty ? nil : $0 }
    }
}
