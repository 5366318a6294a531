import EventPatterns
import OrdersCommand
import PipesRunner
import Testing

@Suite struct PipeDefinitionTests {
    @Test func `reads both Pipes of the template`() throws {
        let pipes = try PipeDefinition.all(in: Fixtures.template())
        #expect(pipes.map(\.logicalID) == ["NormalOrdersPipe", "PremiumOrdersPipe"])
        for pipe in pipes {
            #expect(pipe.streamARN == Fixtures.streamARN)
            #expect(pipe.settings.position == .trimHorizon)
            #expect(pipe.settings.limits == BatchLimits(size: 100))
            #expect(pipe.settings.policy.maximumRetries == 5)
            #expect(pipe.settings.policy.partialFailure == .retryFailed)
            #expect(pipe.settings.policy.bisects)
            #expect(pipe.warnings(file: "t").isEmpty)
        }
        #expect(pipes.map(\.filters.patterns.count) == [3, 4])
        #expect(pipes[0].functionARN == "arn:aws:lambda:eu-west-1:123456789012:function:orders-NormalOrdersProcessor")
        #expect(pipes[0].deadLetterQueueURL == "http://127.0.0.1:4566/123456789012/orders-NormalPipeDLQ")
        #expect(pipes[1].arn == "arn:aws:pipes:eu-west-1:123456789012:pipe/orders-PremiumOrdersPipe")
    }

    @Test(arguments: [(nil, 5), ("0", 0), ("3", 3)])
    func `retries as often as the stack's parameter says`(parameter: String?, expected: Int) throws {
        let parameters = parameter.map { ["MaximumRetryAttempts": $0] } ?? [:]
        let pipes = try PipeDefinition.all(in: Fixtures.template(parameters: parameters))
        #expect(pipes.map(\.settings.policy.maximumRetries) == [expected, expected])
    }

    private static func template(_ pipe: String, pattern: String = #"{"eventName":["INSERT"]}"#) -> String {
        """
        Resources:
          OrdersTable: { Type: AWS::DynamoDB::Table, Properties: {} }
          Queue: { Type: AWS::SQS::Queue, Properties: {} }
          Function: { Type: AWS::Lambda::Function, Properties: {} }
          Pipe:
            Type: AWS::Pipes::Pipe
            Properties:
              Source: !GetAtt OrdersTable.StreamArn
              Target: !GetAtt Function.Arn
              SourceParameters:
                FilterCriteria: { Filters: [{ Pattern: '\(pattern)' }] }
                DynamoDBStreamParameters: { \(pipe) }
        """
    }

    @Test func `tells a Pipe's filters and function without asking for its stream`() throws {
        let stack = try Fixtures.template().stack
        let unasked = DeployedStack(
            name: stack.name,
            id: stack.id,
            parameters: stack.parameters,
            resources: stack.resources
        )
        let template = try Fixtures.template(Fixtures.templateText(), stack: unasked)
        #expect(throws: ToolError.self) { try PipeDefinition.all(in: template) }
        let routes = try PipeRoute.all(in: template)
        let pipes = try PipeDefinition.all(in: Fixtures.template())
        #expect(routes.map(\.logicalID) == pipes.map(\.logicalID))
        #expect(routes.map(\.functionARN) == pipes.map(\.functionARN))
        #expect(routes.map(\.patternLines) == pipes.map(\.patternLines))
    }

    @Test func `takes every setting of the source`() throws {
        let yaml = Self.template(
            "StartingPosition: LATEST, BatchSize: 7, MaximumBatchingWindowInSeconds: 3, MaximumRetryAttempts: -1, "
                + "MaximumRecordAgeInSeconds: 60, ParallelizationFactor: 4, OnPartialBatchItemFailure: AUTOMATIC_BISECT, "
                + "DeadLetterConfig: { Arn: !GetAtt Queue.Arn }"
        )
        let pipe = try #require(try PipeDefinition.all(in: Fixtures.template(yaml)).first)
        #expect(pipe.settings.position == .latest)
        #expect(pipe.settings.limits == BatchLimits(size: 7, window: .seconds(3)))
        #expect(pipe.settings.policy.maximumRetries == nil && pipe.settings.policy.bisects)
        #expect(pipe.settings.policy.maximumAge == .seconds(60))
        #expect(pipe.settings.parallelizationFactor == 4)
        #expect(pipe.deadLetterQueueURL == "http://127.0.0.1:4566/123456789012/orders-Queue")
    }

    @Test func `retries without a limit as long as the stream keeps the record`() throws {
        let pipe = try #require(
            try PipeDefinition.all(in: Fixtures.template(Self.template("StartingPosition: TRIM_HORIZON"))).first
        )
        #expect(pipe.settings.policy.maximumRetries == nil)
        #expect(pipe.settings.policy.maximumAge == .seconds(86_400))
        #expect(pipe.deadLetterQueueURL == nil)
    }

    @Test(arguments: [
        ("BatchSize: 1", "StartingPosition is missing"),
        ("StartingPosition: FIRST", "StartingPosition must be one of TRIM_HORIZON, LATEST"),
        ("StartingPosition: LATEST, BatchSize: 0", "BatchSize must be a whole number"),
        ("StartingPosition: LATEST, BatchSize: 10001", "BatchSize must be a whole number"),
        ("StartingPosition: LATEST, BatchSize: many", "BatchSize must be a whole number"),
        ("StartingPosition: LATEST, MaximumBatchingWindowInSeconds: 301", "MaximumBatchingWindowInSeconds must be"),
        ("StartingPosition: LATEST, MaximumRetryAttempts: -2", "MaximumRetryAttempts must be"),
        ("StartingPosition: LATEST, ParallelizationFactor: 11", "ParallelizationFactor must be"),
        ("StartingPosition: LATEST, OnPartialBatchItemFailure: HALVE", "OnPartialBatchItemFailure must be"),
        ("StartingPosition: LATEST, DeadLetterConfig: { Arn: arn:aws:sns:x:1:t }", "must be a queue of the stack"),
        ("StartingPosition: LATEST, MaximumRetryAttempt: 5", "MaximumRetryAttempt is unknown: there are BatchSize"),
    ])
    func `refuses what AWS refuses and names the place`(settings: String, message: String) throws {
        let template = try Fixtures.template(Self.template(settings))
        let error = #expect(throws: ToolError.self) { try PipeDefinition.all(in: template) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        #expect(error?.description.hasPrefix("t.yaml:12:") == true, "\(error?.description ?? "")")
    }

    @Test func `refuses a pattern that a Pipe would refuse, at its line`() throws {
        let yaml = Self.template("StartingPosition: LATEST", pattern: #"{"a":[{"wildcard":"x"}]}"#)
        let error = #expect(throws: ToolError.self) { try PipeDefinition.all(in: Fixtures.template(yaml)) }
        #expect(
            error?.description.hasPrefix("t.yaml:11: Pipe.SourceParameters.FilterCriteria.Filters[0].Pattern") == true
        )
        #expect(error?.description.contains("a[0].wildcard") == true)
    }

    @Test(arguments: [
        ("      Source:", "      sourceParameters: {}\n      Source:", "Pipe.sourceParameters is unknown"),
        ("FilterCriteria: {", "Filtercriteria: {", "Pipe.SourceParameters.Filtercriteria is unknown"),
        ("Filters: [", "Filter: [", "Pipe.SourceParameters.FilterCriteria.Filter is unknown"),
        ("{ Pattern:", "{ pattern:", "Filters[0].pattern is unknown"),
    ])
    func `refuses a misspelt property, which would leave records unfiltered`(
        original: String,
        misspelt: String,
        message: String
    ) throws {
        let yaml = Self.template("StartingPosition: LATEST").replacing(original, with: misspelt)
        let error = #expect(throws: ToolError.self) { try PipeDefinition.all(in: Fixtures.template(yaml)) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [("RUNNING", PipeDefinition.DesiredState.running), ("STOPPED", .stopped)])
    func `knows which Pipes deliver`(text: String, state: PipeDefinition.DesiredState) throws {
        let yaml = Self.template("StartingPosition: LATEST")
            .replacing("      Source:", with: "      DesiredState: \(text)\n      Source:")
        #expect(try PipeDefinition.all(in: Fixtures.template(yaml)).map(\.desiredState) == [state])
        #expect(try PipeDefinition.all(in: Fixtures.template()).allSatisfy { $0.desiredState == .running })
    }

    @Test func `warns about a pattern that can never match`() throws {
        let pattern = #"{"dynamodb":{"NewImage":{"amount":{"N":[{"numeric":[">",100]}]}}}}"#
        let yaml = Self.template("StartingPosition: LATEST", pattern: pattern)
        let warnings = try PipeDefinition.all(in: Fixtures.template(yaml)).flatMap { $0.warnings(file: "t.yaml") }
        #expect(warnings.count == 1)
        #expect(warnings.first?.hasPrefix("t.yaml:11: Pipe: ") == true)
    }
}
