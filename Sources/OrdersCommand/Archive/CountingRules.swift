internal import AWSClient
internal import OrderFunctions
internal import Orders
internal import Platform

/// How the stack's aggregator reads and counts orders, by its configuration in the template.
struct CountingRules: Sendable {
    let decoder: OrderRecordDecoder
    /// What the decoder goes by.
    let input: InputRules
    /// By which amounts rows of the Orders table are told apart.
    let bands: AmountBands
    let deduplication: Deduplication
    /// Seconds in which a repetition of an event does not count; 0 where nothing remembers events.
    let lifetime: Int64
    /// Seconds for which the stream keeps a record.
    let retention: Int64
    /// Which days an audit by these rules can judge.
    let reach: AuditReach
    /// What the rules are, so that two runs by other rules are not mixed.
    let description: String

    /// What remembers that an event was counted, and for how long, for people.
    var memory: String {
        "Deduplication=\(self.deduplication.rawValue), "
            + (self.lifetime > 0 ? "claims of \((self.lifetime / 86_400).counting("day"))" : "which remembers none")
    }

    /// How old a record may be that is redriven.
    var redriveAge: RedriveAge { RedriveAge(retention: .seconds(self.retention)) }

    init(_ template: Template) throws {
        let environment = Environment(
            try FunctionConfiguration(logicalID: AnalyticsAggregator.name, in: template).variables
        )
        let input = try environment.inputRules()
        self.decoder = OrderRecordDecoder(rules: input)
        self.input = input
        self.bands = try Environment(
            try FunctionConfiguration(logicalID: OrderArchiver.name, in: template).variables
        ).amountBands()
        self.deduplication = try environment.deduplication()
        let lifetime = try environment.claimLifetime()
        self.lifetime = self.deduplication == .event ? lifetime.components.seconds : 0
        self.retention = try environment.streamRetention().components.seconds
        self.reach = AuditReach(maximumHoursAhead: input.maximumHoursAhead, lifetime: self.lifetime)
        self.description = "rules \(OrderRecordDecoder.rulesVersion), \(input)"
    }
}
