package import EventPatterns
package import PipesRunner

/// A Pipe of the template, as far as it runs locally: DynamoDB stream → filters → function, with a dead-letter queue.
package struct PipeDefinition: Sendable {
    /// `DesiredState`: only a running one delivers; a stopped one's dead letters can be delivered again all the same.
    package enum DesiredState: String, Sendable, CaseIterable {
        case running = "RUNNING"
        case stopped = "STOPPED"
    }

    /// The Pipe's name in the template.
    package let logicalID: String
    /// Whether the Pipe delivers.
    package let desiredState: DesiredState
    /// The Pipe's own ARN.
    package let arn: String
    /// The table's stream that is read.
    package let streamARN: String
    /// The filters of the Pipe.
    package let filters: FilterCriteria
    /// The template's line of each pattern, for warnings.
    package let patternLines: [Int]
    /// The function that is invoked.
    package let functionARN: String
    /// nil: what is given up on is discarded, as AWS does.
    package let deadLetterQueueURL: String?
    /// How the stream is read and what becomes of batches that fail.
    package let settings: StreamRunner.Settings

    /// A DynamoDB stream keeps its records for a day; without a maximum age of its own, a Pipe retries that long.
    private static let streamRetention = Duration.seconds(24 * 60 * 60)

    /// The Pipes of the template.
    package static func all(in template: Template) throws -> [PipeDefinition] {
        try template.resources(ofType: "AWS::Pipes::Pipe").map { try PipeDefinition($0, $1, in: template) }
    }

    private init(_ logicalID: String, _ value: TemplateValue, in template: Template) throws {
        let properties = ResourceProperties(template: template, value: value, path: logicalID)
        self.logicalID = logicalID
        self.desiredState = try properties.choice("DesiredState", DesiredState.self) ?? .running
        guard let arn = template.stack.attribute("Arn", of: logicalID) else {
            throw properties.error("is not in the stack \(template.stack.name): deploy this template first")
        }
        self.arn = arn
        self.streamARN = try properties.requiredText("Source")
        guard Self.isStreamOfTable(self.streamARN) else {
            throw properties.error("must be the stream of a DynamoDB table: other sources do not run locally", "Source")
        }
        let route = try PipeRoute(logicalID, properties)
        self.functionARN = route.functionARN
        (self.filters, self.patternLines) = (route.filters, route.patternLines)
        let source = try properties.properties("SourceParameters").properties("DynamoDBStreamParameters")
        self.settings = try Self.settings(source)
        self.deadLetterQueueURL = try source.properties("DeadLetterConfig").text("Arn").map { arn in
            guard let url = template.stack.queueURL(arn: arn) else {
                throw source.error("must be a queue of the stack: others do not work locally", "DeadLetterConfig")
            }
            return url
        }
    }

    private static func isStreamOfTable(_ arn: String) -> Bool {
        arn.split(separator: ":").dropFirst(2).first == "dynamodb" && arn.contains("/stream/")
    }

    private static func settings(_ source: ResourceProperties) throws -> StreamRunner.Settings {
        try source.refuseAll(but: [
            "BatchSize", "DeadLetterConfig", "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds",
            "MaximumRetryAttempts", "OnPartialBatchItemFailure", "ParallelizationFactor", "StartingPosition",
        ])
        guard let position = try source.choice("StartingPosition", ShardLineage.StartingPosition.self) else {
            throw source.error("is missing", "StartingPosition")
        }
        let partial = try source.text("OnPartialBatchItemFailure")
        guard partial == nil || partial == "AUTOMATIC_BISECT" else {
            throw source.error("must be AUTOMATIC_BISECT", "OnPartialBatchItemFailure")
        }
        let retries = try source.integer("MaximumRetryAttempts", in: -1...10_000) ?? -1
        let age = try source.integer("MaximumRecordAgeInSeconds", in: -1...604_800) ?? -1
        return StreamRunner.Settings(
            position: position,
            limits: BatchLimits(
                size: try source.integer("BatchSize", in: 1...10_000) ?? 100,
                window: .seconds(try source.integer("MaximumBatchingWindowInSeconds", in: 0...300) ?? 0)
            ),
            policy: DeliveryPolicy(
                partialFailure: .retryFailed,
                maximumRetries: retries < 0 ? nil : retries,
                maximumAge: age < 0 ? Self.streamRetention : min(.seconds(age), Self.streamRetention),
                bisects: partial != nil
            ),
            parallelizationFactor: try source.integer("ParallelizationFactor", in: 1...10) ?? 1
        )
    }

    /// What AWS accepts and the author cannot have meant, by line of the template.
    package func warnings(file: String) -> [String] {
        zip(self.filters.patterns, self.patternLines).flatMap { pattern, line in
            pattern.dynamoDBWarnings.map { "\(file):\(line): \(self.logicalID): \($0)" }
        }
    }
}
