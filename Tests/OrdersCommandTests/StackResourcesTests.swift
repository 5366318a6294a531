import OrdersCommand
import Testing

/// Which names mean the stack's own table and stream.
@Suite struct StackResourcesTests {
    @Test(arguments: [
        ("orders-AnalyticsTable", true),
        ("arn:aws:dynamodb:eu-west-1:123456789012:table/orders-AnalyticsTable", true),
        ("orders-AnalyticsTable-2", false), ("arn:aws:dynamodb:eu-west-1:123456789012:table/other", false), ("", false),
    ])
    func `the stack's own table is known by its name and by its ARN`(name: String, isOwn: Bool) throws {
        #expect(try StackResources(Fixtures.template().stack).isAnalyticsTable(name) == isOwn)
    }

    @Test(arguments: [
        ("orders-OrderStream", true), ("arn:aws:kinesis:eu-west-1:123456789012:stream/orders-OrderStream", true),
        ("other", false),
    ])
    func `the pipeline's own stream is known by its name and by its ARN`(name: String, isOwn: Bool) throws {
        #expect(try StackResources(Fixtures.template().stack).isOrderStream(name) == isOwn)
    }
}
