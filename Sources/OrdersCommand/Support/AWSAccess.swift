internal import AWSClient
internal import AWSOperations
internal import Foundation
internal import Platform

/// The tool's way to AWS: one session on one loop.
struct AWSAccess: Sendable {
    let session: AWSSession
    let loop: EventLoop
    /// The tool's clocks and timers, which are the loop's.
    var time: any TimeSource { self.loop }
    /// For messages: the endpoint that was configured, or the region.
    let place: String

    /// What answers are kept by, for `orders doctor --record`.
    let recorder: AnswerRecorder?

    /// To be made on the thread that runs the loop.
    init(environment: Environment, loop: EventLoop, recordsAnswers: Bool = false) throws {
        // Before anything that such an endpoint may lack: a region and keys are known for loopback only.
        if let url = environment["AWS_ENDPOINT_URL"], Endpoint(url: url) == nil {
            throw ToolError.badUse(
                "--endpoint-url (or AWS_ENDPOINT_URL) must be an http:// or https:// URL without user, query and "
                    + "fragment, such as http://127.0.0.1:4566"
            )
        }
        let configuration: AWSConfiguration
        do {
            configuration = try AWSConfiguration(environment: environment)
        } catch let error as EnvironmentError {
            throw ToolError.badUse(Self.advice(error))
        }
        let connectionLog = recordsAnswers ? TLSConnectionLog() : nil
        var transport: any HTTPTransport = CurlTransport(
            loop: loop,
            trustRoots: configuration.trustRoots,
            observer: connectionLog?.observer
        )
        let recorder = connectionLog.map { AnswerRecorder(transport, connections: $0) }
        if let recorder { transport = recorder }
        self.recorder = recorder
        self.session = AWSSession(configuration: configuration, transport: transport, time: loop)
        self.loop = loop
        self.place = environment["AWS_ENDPOINT_URL"] ?? "AWS, region \(configuration.region)"
    }

    private static func advice(_ error: EnvironmentError) -> String {
        switch error.code {
        case .missing:
            return
                "environment variable \(error.name) is not set. For the local AWS: scripts/local start. For AWS "
                + "itself: --region, and credentials in the AWS CLI's configuration (AWS_PROFILE names a profile) or "
                + "in the environment; aws sts get-caller-identity says whether there are any"
        case .malformed:
            // Its advice is for a function.
            let advice = "\(error)".replacingOccurrences(of: "correct the function's configuration", with: "correct it")
            // The option is handed on as the variable.
            guard error.name == "AWS_REGION" else { return advice }
            return advice.replacingOccurrences(of: "environment variable AWS_REGION", with: "--region (or AWS_REGION)")
        }
    }

    /// Whether it is an AWS on this machine.
    var isOnLoopback: Bool {
        let host = self.session.configuration.endpoint(for: .dynamoDB).host
        return host == "localhost" || host == "::1" || host == "[::1]" || host.hasPrefix("127.")
    }

    /// A time by which a short call has to be done.
    var deadline: UTCInstant { self.loop.now + .seconds(30) }

    /// The stack with its resources and the stream of its Orders table; throws where nothing of it can be used.
    ///
    /// The stream takes `dynamodb:DescribeTable` of the table; a function's configuration does not need it.
    ///
    /// What users should know of the stack's state is noted, unless the caller has a way of its own to tell it.
    func stack(name: String, withStreams: Bool = true, notesState: Bool = true) async throws -> DeployedStack {
        let stack = try await self.describe(name, notesState: notesState)
        let resources: [CloudFormationStackResource]
        do {
            resources = try await CloudFormationClient(session: self.session)
                .listStackResources(stackName: name, deadline: self.deadline)
        } catch {
            throw self.explain(error, stack: name)
        }
        let named = Dictionary(
            // What an update has made and its way back has deleted stays in the list.
            resources.filter { $0.status != "DELETE_COMPLETE" }.compactMap { resource in
                resource.physicalID.map {
                    (resource.logicalID, DeployedStack.Resource(type: resource.type, physicalID: $0))
                }
            }
        ) { _, last in last }
        return DeployedStack(
            name: name,
            id: stack.id,
            status: stack.status,
            parameters: stack.parameters,
            outputs: stack.outputs,
            resources: named,
            streamARNs: withStreams ? try await self.tableStreams(in: named) : [:]
        )
    }

    /// One output of the stack.
    func output(_ name: String, ofStack stack: String) async throws -> String {
        let outputs = try await self.describe(stack, notesState: true).outputs
        guard let value = outputs[name] else {
            throw ToolError.badUse("the stack \(stack) has no output \(name): deploy cloudformation.yaml")
        }
        return value
    }

    /// The stack as CloudFormation shows it; throws where nothing of it can be used.
    private func describe(_ name: String, notesState: Bool) async throws -> CloudFormationStack {
        let stack: CloudFormationStack
        do {
            stack = try await CloudFormationClient(session: self.session)
                .describeStack(name: name, deadline: self.deadline)
        } catch {
            throw self.explain(error, stack: name)
        }
        let state = StackState(status: stack.status, stack: name, region: self.session.configuration.region)
        if let refusal = state.refusal { throw refusal }
        if notesState, let note = state.note { Console.note(note) }
        return stack
    }

    /// By the table's logical id; no other table of the template has a stream.
    private func tableStreams(in resources: [String: DeployedStack.Resource]) async throws -> [String: String] {
        let logicalID = "OrdersTable"
        guard let table = resources[logicalID] else { return [:] }
        let stream = try await DynamoDBClient(session: self.session).latestStreamARN(
            tableName: table.physicalID,
            deadline: self.deadline
        )
        return stream.map { [logicalID: $0] } ?? [:]
    }

    private func explain(_ error: AWSError, stack: String) -> any Error {
        // Nobody reads advice on a command that they have stopped.
        if error.isCancellation { return error }
        return self.failure(error, stack: stack)
    }

    private func failure(_ error: AWSError, stack: String) -> ToolError {
        switch error.code.rawValue {
        case "ValidationError" where error.message.contains("does not exist"):
            .badUse("there is no stack \(stack) at \(self.place): scripts/local start, or scripts/deploy, makes one")
        case AWSError.Code.connectionFailed.rawValue where !self.isOnLoopback:
            .badUse(
                "nothing answers at \(self.place): is the region's or the endpoint's name right, and is there a network? "
                    + "(\(error.message))"
            )
        case AWSError.Code.connectionFailed.rawValue:
            .badUse("nothing answers at \(self.place): is it running? scripts/local status tells (\(error.message))")
        default: .badUse("\(error), at \(self.place)" + (error.advice.map { "; \($0)" } ?? ""))
        }
    }
}

extension Template {
    /// What CloudFormation takes from a bucket, in bytes.
    private static let maximumSize = 1_024 * 1_024

    /// The template of the stack that is deployed.
    static func load(_ options: StackOptions, _ environment: Environment, _ stack: DeployedStack) throws -> Template {
        let file = try options.templateFile(environment)
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw ToolError.badUse("\(file.path): no such template; name it by --template")
        }
        let bytes = try InputFile.bytes(file.path, limit: Self.maximumSize)
        let name = file.lastPathComponent
        return Template(
            root: try TemplateValue(parsing: String(decoding: bytes, as: UTF8.self), file: name),
            stack: stack,
            file: name
        )
    }
}
