internal import JSONText
package import Platform

/// The way into the pipeline that an order takes.
package enum ProbeEntrance: String, CaseIterable, Sendable {
    case topic = "OrderTopic"
    case stream = "OrderStream"
    case api = "OrderApi"

    /// Whether orders of this entrance go through the stream, and so into archive and counters.
    var isArchived: Bool { self != .topic }
}

/// The order of a probe, in the spelling of its entrance.
///
/// It is in `XTS`, ISO 4217's code for tests, which reports leave out; its amount is below any threshold that is not below
/// a cent, and its address, where the spelling has one, is a test address: neither processor takes it up.
package struct ProbeOrder: Sendable {
    /// What the ids of probes' orders begin with.
    package static let idPrefix = "probe-"

    /// The entrance.
    package let entrance: ProbeEntrance
    /// The order's id, which also stands for its message's id and its correlation id.
    package let id: String
    private let sent: String
    private let testDomain: String

    /// The order of one run for one entrance.
    package init(_ entrance: ProbeEntrance, run: String, now: UTCInstant, testDomain: String) {
        self.entrance = entrance
        self.id = "\(Self.idPrefix)\(run)-\(entrance)"
        self.sent = now.iso8601
        self.testDomain = testDomain
    }

    /// The order's text.
    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            switch self.entrance {
            case .topic:
                writer.member("orderId", self.id)
                writer.member("userId", "orders-doctor")
                writer.member("status", "new")
                writer.member("timestamp", self.sent)
                writer.key("amount")
                writer.raw("0.01".utf8)
                writer.member("currency", "XTS")
                writer.member("customerEmail", "probe@\(self.testDomain)")
            case .stream:
                writer.member("MessageId", self.id)
                writer.member("OccurredUtc", self.sent)
                writer.member("Type", "OrderCreatedV1")
                writer.key("Version")
                writer.integer(1)
                writer.member("CorrelationId", self.id)
                writer.member("PartitionKey", self.id)
                writer.key("Payload")
                writer.object { self.addPayload(to: &$0) }
            case .api: self.addPayload(to: &writer)
            }
        }
        return writer.bytes
    }

    private func addPayload(to writer: inout JSONWriter) {
        writer.member("OrderId", self.id)
        writer.member("UserId", "orders-doctor")
        writer.key("TotalAmount")
        writer.raw("0.01".utf8)
        writer.member("Currency", "XTS")
        writer.member("createdUtc", self.sent)
    }
}
