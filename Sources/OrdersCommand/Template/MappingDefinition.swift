package import EventPatterns
package import PipesRunner

/// A Kinesis event source mapping of the template, as far as it runs locally.
package struct MappingDefinition: Sendable {
    /// The mapping's name in the template.
    package let logicalID: String
    /// A disabled one delivers nothing.
    package let isEnabled: Bool
    /// The mapping's UUID.
    package let mappingID: String
    /// The Kinesis stream that is read.
    package let streamARN: String
    /// The function that is invoked.
    package let functionARN: String
    /// Role of the function, which records carry.
    package let roleARN: String
    /// Whether answers name failed records (`ReportBatchItemFailures`).
    package let reportsItemFailures: Bool
    /// Bucket of the on-failure destination; nil: what is given up on is discarded, as AWS does.
    package let failureBucket: String?
    /// The mapping's filters; those of a mapping without any let everything pass.
    package let filters: FilterCriteria
    /// How the stream is read and what becomes of batches that fail.
    package let settings: StreamRunner.Settings

    /// The Kinesis mappings of the template; those of queues are left to the AWS at hand.
    package static func all(in template: Template) throws -> [MappingDefinition] {
        try template.resources(ofType: "AWS::Lambda::EventSourceMapping").compactMap { logicalID, value in
            let properties = ResourceProperties(template: template, value: value, path: logicalID)
            guard try properties.requiredText("EventSourceArn").contains(":kinesis:") else { return nil }
            return try MappingDefinition(logicalID, properties, in: template)
        }
    }

    private init(_ logicalID: String, _ properties: ResourceProperties, in template: Template) throws {
        try properties.refuse(["TumblingWindowInSeconds"])
        guard let resource = template.stack.resources[logicalID] else {
            throw properties.error("is not in the stack \(template.stack.name): deploy this template first")
        }
        try properties.refuseAll(but: [
            "BatchSize", "BisectBatchOnFunctionError", "DestinationConfig", "Enabled", "EventSourceArn",
            "FilterCriteria", "FunctionName", "FunctionResponseTypes", "KmsKeyArn", "MaximumBatchingWindowInSeconds",
            "MaximumRecordAgeInSeconds",
            "MaximumRetryAttempts", "MetricsConfig", "ParallelizationFactor", "StartingPosition", "Tags",
        ])
        self.logicalID = logicalID
        self.isEnabled = try properties.bool("Enabled") ?? true
        self.mappingID = resource.physicalID
        self.streamARN = try properties.requiredText("EventSourceArn")
        let function = try Self.function(try properties.requiredText("FunctionName"), properties, in: template)
        (self.functionARN, self.roleARN) = function
        let types = try properties.texts("FunctionResponseTypes")
        self.reportsItemFailures = types.contains("ReportBatchItemFailures")
        self.filters = try Self.filters(properties)
        self.settings = try Self.settings(properties)
        let failure = try properties.properties("DestinationConfig").properties("OnFailure")
        self.failureBucket = try failure.text("Destination").map { arn in
            guard arn.contains(":s3:::") else {
                throw failure.error("must be a bucket: other destinations do not run locally", "Destination")
            }
            return String(arn.split(separator: ":").last ?? "")
        }
    }

    private static func function(
        _ name: String,
        _ properties: ResourceProperties,
        in template: Template
    ) throws -> (arn: String, role: String) {
        for (logicalID, value) in try template.resources(ofType: "AWS::Lambda::Function") {
            guard let arn = template.stack.attribute("Arn", of: logicalID),
                template.stack.resources[logicalID]?.physicalID == name || arn == name
            else { continue }
            return (arn, try value["Role"].map(template.text) ?? "")
        }
        throw properties.error("must be a function of this template", "FunctionName")
    }

    private static func filters(_ properties: ResourceProperties) throws -> FilterCriteria {
        let (criteria, filters) = try properties.filterCriteria()
        for (pattern, filter) in zip(criteria.patterns, filters) {
            for name in pattern.outermostFields where name != "data" {
                throw filter.error("asks for \(name): mappings of Kinesis filter on `data` only", "Pattern")
            }
        }
        return criteria
    }

    private static func settings(_ properties: ResourceProperties) throws -> StreamRunner.Settings {
        guard let position = try properties.choice("StartingPosition", ShardLineage.StartingPosition.self) else {
            throw properties.error("must be TRIM_HORIZON or LATEST", "StartingPosition")
        }
        let retries = try properties.integer("MaximumRetryAttempts", in: -1...10_000) ?? -1
        let age = try properties.integer("MaximumRecordAgeInSeconds", in: -1...604_800) ?? -1
        // Lambda's reference of CreateEventSourceMapping: the others are within the parameter's range, and not allowed.
        guard age == -1 || age >= 60 else {
            throw properties.error("must be -1 or a whole number from 60 to 604800", "MaximumRecordAgeInSeconds")
        }
        return StreamRunner.Settings(
            position: position,
            limits: BatchLimits(
                size: try properties.integer("BatchSize", in: 1...10_000) ?? 100,
                window: .seconds(try properties.integer("MaximumBatchingWindowInSeconds", in: 0...300) ?? 0)
            ),
            policy: DeliveryPolicy(
                partialFailure: .resumeAtLowest,
                maximumRetries: retries < 0 ? nil : retries,
                maximumAge: age < 0 ? nil : .seconds(age),
                bisects: try properties.bool("BisectBatchOnFunctionError") ?? false
            ),
            parallelizationFactor: try properties.integer("ParallelizationFactor", in: 1...10) ?? 1,
            envelope: ("{\"Records\":[", "]}")
        )
    }
}
