import EventPatterns
import OrdersCommand
import PipesRunner
import Testing

@Suite struct MappingDefinitionTests {
    @Test func `reads the Kinesis mappings of the template and leaves the queue's alone`() throws {
        let mappings = try MappingDefinition.all(in: Fixtures.template())
        #expect(mappings.map(\.logicalID) == ["AnalyticsAggregatorMapping", "OrderArchiverMapping"])
        for mapping in mappings {
            #expect(mapping.streamARN == "arn:aws:kinesis:eu-west-1:123456789012:stream/orders-OrderStream")
            #expect(mapping.reportsItemFailures)
            // What is put before a new mapping reads would otherwise be neither counted nor archived, without a gap.
            #expect(mapping.settings.position == .trimHorizon)
            #expect(mapping.settings.policy.partialFailure == .resumeAtLowest)
            #expect(mapping.settings.policy.maximumRetries == nil)
            #expect(mapping.settings.limits.size == 1_000)
            #expect(mapping.settings.parallelizationFactor == 1)
        }
        // A later batch moves positions and checkpoints past what was skipped.
        for mapping in mappings {
            #expect(!mapping.settings.policy.bisects)
            #expect(mapping.settings.policy.maximumAge == nil)
        }
        #expect(mappings.allSatisfy { $0.failureBucket == nil })
        #expect(mappings[0].roleARN == "arn:aws:iam::123456789012:role/orders-AnalyticsAggregatorRole")
        #expect(mappings[0].functionARN.hasSuffix(":function:orders-AnalyticsAggregator"))
    }

    private static func template(_ settings: String) -> String {
        """
        Resources:
          OrderStream: { Type: AWS::Kinesis::Stream, Properties: {} }
          Function: { Type: AWS::Lambda::Function, Properties: {} }
          Mapping:
            Type: AWS::Lambda::EventSourceMapping
            Properties:
              EventSourceArn: !GetAtt OrderStream.Arn
              FunctionName: !Ref Function
              StartingPosition: LATEST
              \(settings)
        """
    }

    @Test(arguments: [("BatchSize: 5", true), ("Enabled: true", true), ("Enabled: false", false)])
    func `knows which mappings deliver`(settings: String, isEnabled: Bool) throws {
        let template = try Fixtures.template(Self.template(settings))
        #expect(try MappingDefinition.all(in: template).map(\.isEnabled) == [isEnabled])
    }

    @Test(arguments: [("-1", nil), ("60", .seconds(60)), ("604800", .seconds(604_800))] as [(String, Duration?)])
    func `takes the ages that Lambda takes`(seconds: String, age: Duration?) throws {
        let template = try Fixtures.template(Self.template("MaximumRecordAgeInSeconds: \(seconds)"))
        #expect(try MappingDefinition.all(in: template).map(\.settings.policy.maximumAge) == [age])
    }

    @Test func `takes filters on the producer's data`() throws {
        let pattern = #"{"$or":[{"data":{"a":[1]}},{"data":{"b":[{"exists":true}]}}]}"#
        let settings = "FilterCriteria: { Filters: [{ Pattern: '\(pattern)' }] }"
        let template = try Fixtures.template(Self.template(settings))
        let mapping = try #require(try MappingDefinition.all(in: template).first)
        #expect(mapping.filters.patterns.count == 1)
        #expect(mapping.filters.patterns.flatMap(\.outermostFields) == ["data"])
        #expect(try MappingDefinition.all(in: Fixtures.template()).allSatisfy { $0.filters.patterns.isEmpty })
    }

    @Test(arguments: [
        ("BisectOnFunctionError: true", "Mapping.BisectOnFunctionError is unknown"),
        ("TumblingWindowInSeconds: 5", "Mapping.TumblingWindowInSeconds is not supported locally"),
        (
            #"FilterCriteria: { Filters: [{ Pattern: '{"data":{"a":[1]},"partitionKey":["p"]}' }] }"#,
            "Mapping.FilterCriteria.Filters[0].Pattern asks for partitionKey: mappings of Kinesis filter on `data` only"
        ),
        (
            #"FilterCriteria: { Filters: [{ Pattern: '{"data":{"a":[{"wildcard":"x*"}]}}' }] }"#,
            "Mapping.FilterCriteria.Filters[0].Pattern"
        ),
        ("FilterCriteria: { Filter: [] }", "Mapping.FilterCriteria.Filter is unknown"),
        (
            "MaximumRecordAgeInSeconds: 0",
            "Mapping.MaximumRecordAgeInSeconds must be -1 or a whole number from 60 to 604800"
        ),
        (
            "MaximumRecordAgeInSeconds: 59",
            "Mapping.MaximumRecordAgeInSeconds must be -1 or a whole number from 60 to 604800"
        ),
        ("MaximumRecordAgeInSeconds: 604801", "Mapping.MaximumRecordAgeInSeconds must be"),
    ])
    func `refuses what AWS does not know and what it cannot do`(settings: String, message: String) throws {
        let template = try Fixtures.template(Self.template(settings))
        let error = #expect(throws: ToolError.self) { try MappingDefinition.all(in: template) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        #expect(error?.description.hasPrefix("t.yaml:10:") == true, "\(error?.description ?? "")")
    }
}
