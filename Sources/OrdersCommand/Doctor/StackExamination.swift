internal import AWSClient
internal import AWSOperations
internal import Foundation
internal import JSONText
internal import Platform

/// Asks AWS about each part of a stack, and gives what comes of it, part after part.
struct StackExamination: Sendable {
    let access: AWSAccess
    let template: Template
    /// Where the zips are that the functions are compared with.
    let project: Project?
    /// How long records are looked for in shards that give none.
    let readFor: Duration
    /// Until when something that is being changed is asked about again: deployments end with some seconds of that.
    private let settlesBy: UTCInstant

    /// How long a part that is being changed is waited for, all parts together.
    private static let patience = Duration.seconds(60)

    init(access: AWSAccess, template: Template, project: Project?, readFor: Duration) {
        self.access = access
        self.template = template
        self.project = project
        self.readFor = readFor
        self.settlesBy = access.time.now + Self.patience
    }

    var stack: DeployedStack { self.template.stack }

    /// Everything, in the order of an order's way, behind the state that may explain the rest.
    func run(_ report: (Finding) throws -> Void) async throws {
        try report(Judgement.stack(self.stack.state))
        for finding in try await self.functions() { try report(finding) }
        for finding in try await self.mappings() { try report(finding) }
        for finding in try await self.pipes() { try report(finding) }
        for finding in try await self.queues() { try report(finding) }
        for finding in try await self.stores() { try report(finding) }
        for finding in try await self.shards() { try report(finding) }
        for finding in try await self.logGroups() { try report(finding) }
        for finding in try await self.alarms() { try report(finding) }
        for finding in await self.keys() { try report(finding) }
        for finding in await self.limits() { try report(finding) }
    }

    /// What AWS refuses to tell is a finding, too: the other parts are looked at all the same.
    ///
    /// What the local AWS does not have is none.
    func finding(of subject: String, _ ask: () async throws(AWSError) -> Finding) async -> Finding {
        do throws(AWSError) {
            return try await ask()
        } catch {
            if self.access.isOnLoopback, error.isUnknownOperation {
                return .untold(subject, "the local AWS does not tell (\(error.operation))")
            }
            return .ill(subject, "cannot be looked at: \(error)", "orders doctor --help names the permissions it needs")
        }
    }

    /// Asks again while something is being changed, for as long as there is patience.
    private func settled<Value>(
        _ ask: () async throws(AWSError) -> Value,
        isChanging: (Value) -> Bool
    ) async throws(AWSError) -> Value {
        var value = try await ask()
        while isChanging(value), self.access.time.now < self.settlesBy {
            // Only a task that is cancelled cannot sleep, and nobody cancels this one.
            guard (try? await self.access.time.sleep(for: .seconds(1))) != nil else { break }
            value = try await ask()
        }
        return value
    }

    func physicalIDs(of type: String) throws -> [(logicalID: String, physicalID: String, ResourceProperties)] {
        try self.template.resources(ofType: type).sorted { $0.logicalID < $1.logicalID }.compactMap {
            logicalID,
            value in
            guard let resource = self.stack.resources[logicalID] else { return nil }
            let properties = ResourceProperties(template: self.template, value: value, path: logicalID)
            return (logicalID, resource.physicalID, properties)
        }
    }

    private func functions() async throws -> [Finding] {
        let client = LambdaClient(session: self.access.session)
        var findings: [Finding] = []
        for (logicalID, name, _) in try self.physicalIDs(of: "AWS::Lambda::Function") {
            let wanted = try FunctionConfiguration(logicalID: logicalID, in: self.template)
            let hash = self.zipSHA256(of: logicalID)
            findings.append(
                await self.finding(of: logicalID) { () throws(AWSError) in
                    let found = try await self.settled { () throws(AWSError) in
                        try await client.getFunctionConfiguration(name: name, deadline: self.access.deadline)
                    } isChanging: {
                        $0.state == "Pending" || $0.lastUpdateStatus == "InProgress"
                    }
                    return Judgement.function(logicalID, found, wanted: wanted, zipSHA256: hash)
                }
            )
        }
        return findings
    }

    /// In Base64, as Lambda has it; nil where nothing is built.
    private func zipSHA256(of function: String) -> String? {
        guard let zip = self.project?.root.appendingPathComponent("dist/\(function).zip"),
            let content = try? Data(contentsOf: zip)
        else { return nil }
        return Base64.encode(Digest.sha256([UInt8](content)))
    }

    private func mappings() async throws -> [Finding] {
        let client = LambdaClient(session: self.access.session)
        let names = [
            "BatchSize", "BisectBatchOnFunctionError", "DestinationConfig", "FilterCriteria", "FunctionResponseTypes",
            "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts", "MetricsConfig",
            "ParallelizationFactor", "ScalingConfig", "StartingPosition",
        ]
        var findings: [Finding] = []
        for (logicalID, id, properties) in try self.physicalIDs(of: "AWS::Lambda::EventSourceMapping") {
            let settings = Judgement.Settings(
                wanted: try properties.settings(names),
                closed: ["DestinationConfig", "FilterCriteria", "FunctionResponseTypes"],
                isComplete: !self.access.isOnLoopback
            )
            let isEnabled = try properties.bool("Enabled") ?? true
            let isOfStream = try properties.text("EventSourceArn")?.contains(":kinesis:") ?? false
            findings.append(
                await self.finding(of: logicalID) { () throws(AWSError) in
                    let found = try await self.settled { () throws(AWSError) in
                        try await client.getEventSourceMapping(id: id, deadline: self.access.deadline)
                    } isChanging: {
                        $0.state.hasSuffix("ing")
                    }
                    return Judgement.mapping(
                        logicalID,
                        found,
                        id: id,
                        settings: settings,
                        isEnabled: isEnabled,
                        runsLocally: isOfStream && self.access.isOnLoopback
                    )
                }
            )
        }
        return findings
    }

    private func pipes() async throws -> [Finding] {
        let client = PipesClient(session: self.access.session)
        var findings: [Finding] = []
        for (logicalID, name, properties) in try self.physicalIDs(of: "AWS::Pipes::Pipe") {
            let isRunning = try properties.text("DesiredState") != "STOPPED"
            // A log group's ARN is written with and without `:*`.
            let wanted = try properties.settings(["SourceParameters", "TargetParameters", "LogConfiguration"])
                .filter { !$0.key.hasSuffix("LogGroupArn") }
            let settings = Judgement.Settings(
                wanted: wanted,
                // Execution data would be whole orders.
                closed: ["SourceParameters.FilterCriteria", "LogConfiguration.IncludeExecutionData"],
                isComplete: !self.access.isOnLoopback
            )
            findings.append(
                await self.finding(of: logicalID) { () throws(AWSError) in
                    let found = try await self.settled { () throws(AWSError) in
                        try await client.describePipe(name: name, deadline: self.access.deadline)
                    } isChanging: {
                        $0.currentState.hasSuffix("ING") && $0.currentState != "RUNNING"
                    }
                    return Judgement.pipe(
                        logicalID,
                        found,
                        physicalName: name,
                        settings: settings,
                        isRunning: isRunning
                    )
                }
            )
        }
        return findings
    }
}

extension AWSError {
    /// Whether the server does not know the operation, as emulators of AWS know not all.
    fileprivate var isUnknownOperation: Bool {
        ["InvalidAction", "UnknownOperation", "UnknownOperationException"].contains(self.code.rawValue)
    }
}
