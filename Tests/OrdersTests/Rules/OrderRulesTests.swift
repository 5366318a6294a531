import Orders
import Testing

@Suite struct OrderRulesTests {
    @Test(arguments: [
        ("bob@test.com", true), ("bob@TEST.Com", true), ("bob@qa.test.com", true), ("a@b@test.com", true),
        ("\"bob@shop.example\"@test.com", true), ("bob@contest.com", false), ("bob@test.com.example", false),
        ("bob@test.com@shop.example", false), ("test.com", false), ("bob@", false), ("", false), ("bob@test.co", false),
        ("bob@.test.com", true),
    ])
    func `a test address is of the domain or below it`(address: String, isTest: Bool) throws {
        #expect(try rules().testDomains.contains(address: address) == isTest)
    }

    @Test func `several domains are configured`() throws {
        let domains = try #require(TestDomains("Test.com, example.org"))
        #expect(domains.names == ["test.com", "example.org"])
        #expect(domains.contains(address: "x@Example.ORG"))
        for list in ["", ",", "a,", "a@b", ".test.com", "te st.com", "a..b", "test.com.", "."] {
            #expect(TestDomains(list) == nil)
        }
    }

    @Test(arguments: [
        ("0", "LE100"), ("100", "LE100"), ("100.000000001", "normal-LE1000"), ("1000", "normal-LE1000"),
        ("1000.01", "premium-GT1000"),
    ])
    func `bands are named after strict thresholds`(amount: String, band: String) throws {
        #expect(try bands().name(of: money(amount)) == band)
    }

    @Test func `band names repeat the configured text`() throws {
        let bands = try bands(normal: "50.00", premium: "1e3")
        #expect(try bands.name(of: money("50")) == "LE50.00")
        #expect(try bands.name(of: money("51")) == "normal-LE1e3")
        #expect(try bands.name(of: money("1001")) == "premium-GT1e3")
        #expect(AmountThreshold("a lot") == nil)
    }

    @Test func `the domain stands behind the last at in small letters`() throws {
        #expect(EmailAddress.domain(of: "A@B@Shop.Example") == "shop.example")
        #expect(EmailAddress.domain(of: "nobody") == nil)
        #expect(EmailAddress.domain(of: "nobody@") == nil)
    }

    private static func image(
        status: String? = "shipped",
        amount: String? = "1500",
        email: String? = nil
    ) -> [UInt8] {
        var members = [#""orderId":{"S":"ORD-1001"}"#]
        if let status { members.append(#""status":{"S":"\#(status)"}"#) }
        if let amount { members.append(#""amount":{"N":"\#(amount)"}"#) }
        if let email { members.append(#""customerEmail":{"S":"\#(email)"}"#) }
        return Array("{\(members.joined(separator: ","))}".utf8)
    }

    @Test(
        arguments: [
            (.insert, image(status: "pending", amount: "101"), nil),
            (.modify, image(status: "shipped", amount: "100.01", email: "bob@contest.com"), nil),
            (.remove, image(), .eventName), (.modify, nil, .noNewImage),
            (.modify, image(status: nil), .noStatus), (.modify, image(status: "new"), .status),
            (.modify, image(status: "shippedx"), .status), (.modify, image(amount: nil), .noAmount),
            (.modify, image(amount: "100"), .amount), (.modify, image(amount: "100.00"), .amount),
            (.modify, image(email: "bob@Test.COM"), .testAddress), (.remove, Array("{}".utf8), .eventName),
        ] as [(ChangeKind, [UInt8]?, SkipReason?)]
    )
    func `normal orders`(change: ChangeKind, image: [UInt8]?, skipped: SkipReason?) throws {
        let decision = try rules().normalDecision(change: change, order: Self.routed(image))
        #expect(decision == (try skipped.map { .skip($0) } ?? .process(#require(try Self.routed(image)).get())))
    }

    @Test(arguments: [image(), image(status: nil), image(amount: nil), image(email: "bob@Test.COM")])
    func `routing attributes say what the whole image says`(image: [UInt8]) throws {
        let routed = try #require(try Self.routed(image)).get()
        let whole = try orderImage(image)
        #expect(routed == whole.routing)
    }

    @Test(
        arguments: [
            (.modify, image(status: "pending"), image(amount: "1000.01"), nil),
            (.modify, Array(#"{"orderStatus":{"S":"pending"},"amount":{"N":"?"}}"#.utf8), image(), nil),
            (.insert, image(status: "pending"), image(), .eventName),
            (.remove, image(status: "pending"), nil, .eventName),
            (.modify, nil, image(), .noTransition), (.modify, image(status: "new"), image(), .noTransition),
            (.modify, image(), image(), .noTransition), (.modify, image(status: nil), image(), .noTransition),
            (.modify, image(status: "pending"), image(status: "pending"), .status),
            (.modify, image(status: "pending"), image(status: nil), .noStatus),
            (.modify, image(status: "pending"), nil, .noNewImage),
            (.modify, image(status: "pending"), image(amount: nil), .noAmount),
            (.modify, image(status: "pending"), image(amount: "1000"), .amount),
            (.modify, image(status: "pending"), image(email: "x@qa.test.com"), .testAddress),
        ] as [(ChangeKind, [UInt8]?, [UInt8]?, SkipReason?)]
    )
    func `premium orders`(change: ChangeKind, old: [UInt8]?, new: [UInt8]?, skipped: SkipReason?) throws {
        let decision = try rules().premiumDecision(change: change, oldImage: old?[...], order: Self.whole(new))
        #expect(decision == (try skipped.map { .skip($0) } ?? .process(orderImage(#require(new)))))
    }

    @Test(arguments: ["{}", #"{"orderId":{"S":"O"},"amount":{"N":"x"}}"#, #"{"orderId":{"N":"5.5"}}"#])
    func `poison is thrown`(image: String) throws {
        let bytes = Array(image.utf8)
        let routed = try Self.routed(bytes)
        let whole = try Self.whole(bytes)
        #expect(throws: OrderError.self) { try rules().normalDecision(change: .insert, order: routed) }
        #expect(throws: OrderError.self) {
            try rules().premiumDecision(change: .modify, oldImage: Self.image()[...], order: whole)
        }
    }

    @Test func `an old image that is none is thrown`() throws {
        let whole = try Self.whole(Self.image())
        #expect(throws: OrderError.self) {
            try rules().premiumDecision(change: .modify, oldImage: Array("no image".utf8)[...], order: whole)
        }
    }

    private static func routed(_ bytes: [UInt8]?) throws -> Result<RoutingAttributes, OrderError>? {
        try bytes.map { try OrdersTests.image($0, RoutingAttributes.read(image:)) }
    }

    private static func whole(_ bytes: [UInt8]?) throws -> Result<OrderImage, OrderError>? {
        try bytes.map { try OrdersTests.image($0, OrderImage.read(image:)) }
    }
}
