import Platform
import Testing

@Suite struct TraceContextTests {
    private static let root = "Root=1-5759e988-bd862e3fe1be46a994272793"

    /// The right column as Python's botocore writes it (`botocore.handlers.add_recursion_detection_header`).
    @Test(arguments: [
        ("\(Self.root);Parent=53995c3f42cd8ad8;Sampled=1", "\(Self.root);Parent=53995c3f42cd8ad8;Sampled=1"),
        (#"Root=1-a b;Self=é%"{}[],&+~"#, #"Root=1-a%20b;Self=%C3%A9%25"{}[],&+~"#),
    ])
    func `the header is encoded as AWS's SDKs encode it`(header: String, sent: String) throws {
        #expect(try #require(TraceContext(ofInvocation: header)).xRayHeader == sent)
    }

    @Test(arguments: [
        (";Parent=53995c3f42cd8ad8;Sampled=1", "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"),
        (";Parent=53995c3f42cd8ad8;Sampled=0", "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-00"),
        (";Parent=53995c3f42cd8ad8;Lineage=1:ab:0", "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-00"),
        ("", nil), (";Parent=53995c3f42cd8ad", nil), (";Parent=0000000000000000;Sampled=1", nil),
    ])
    func `X-Ray's header names the same trace as the traceparent`(rest: String, traceParent: String?) throws {
        #expect(try #require(TraceContext(ofInvocation: Self.root + rest)).traceParent == traceParent)
    }

    @Test(arguments: [
        "Root=1-5759e988bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8", "Root=2-5759e988-bd;Parent=1", ";;=", "Root",
        "Root=1-5759e98é-bd862e3fe1be46a99427279;Parent=53995c3f42cd8ad8",
    ])
    func `what is no trace of X-Ray's has no traceparent`(header: String) throws {
        #expect(try #require(TraceContext(ofInvocation: header)).traceParent == nil)
    }

    @Test func `an invocation without a header has no trace`() {
        #expect(TraceContext(ofInvocation: nil) == nil)
        #expect(TraceContext(ofInvocation: "") == nil)
        #expect(TraceContext.current == nil)
    }

    @Test func `a caller's trace is continued beside X-Ray's`() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        #expect(TraceContext.continuing(parent).xRayHeader == nil)
        TraceContext.$current.withValue(TraceContext(ofInvocation: Self.root)) {
            #expect(TraceContext.continuing(parent).xRayHeader == Self.root)
            #expect(TraceContext.continuing(parent).traceParent == parent)
        }
    }
}
