internal import AWSClient
internal import LambdaRuntime
internal import OrderFunctions
internal import Platform
internal import SimulatedAWS

/// Everything of one run: its time, its draws, its account, its functions.
final class World: @unchecked Sendable {  // confined to its run's thread
    /// When a run begins, by the clocks in it: 2025-08-28T23:30:00Z, half an hour before a midnight that long runs pass.
    static let epoch = UTCInstant(secondsSince1970: 1_756_423_800)

    let time = VirtualTime()
    let draws: Draws
    let faults: FaultBook
    let configuration: Configuration
    var cloud: Cloud
    /// Of the account's tables those that are looked at after each step.
    let ordersTable: DynamoDBTable
    let analyticsTable: DynamoDBTable
    /// The stream of the Orders table, where runners read it.
    var tableStream = SimulatedTableStream(arn: TableEvents.streamARN, shards: 2)
    var trace: Trace
    /// How often everything occurred, by its words.
    var counts: [String: Int] = [:]
    var requestCount = 0
    /// What the normal processor logged, killed environments' flushed lines included: it acts by its log alone.
    var normalLog: [UInt8] = []
    /// What the deliveries of the processors' changes came to.
    var changeDeliveries = ChangeDeliveries()
    /// Records that a function's process dies of when it decodes them, by their event ids.
    var deadly: [FunctionName: Set<String>] = [:]
    /// While this lasts, DynamoDB answers every request with 500.
    var outage: Range<VirtualTime.Nanoseconds>?
    private var knownVariables: [Int: Platform.Environment] = [:]
    private var knownChangeTexts: [Int: [UInt8]] = [:]
    /// What is wrong, in words.
    private(set) var complaints: [String] = []
    private(set) lazy var lambda = LambdaService(world: self)
    /// Called after every request that a service has carried out.
    var afterEachStep: (() -> Void)?
    /// Called after every request to Kinesis, with the invocation that made it.
    var afterPut: ((Invocation?) -> Void)?
    let logs = LogConfiguration(level: .info, service: "orders", functionName: "function")

    init(
        _ draws: Draws,
        _ configuration: Configuration,
        _ faults: FaultBook.Mode,
        narrated: Bool,
        cache: ExpressionCache
    ) {
        self.draws = draws
        self.configuration = configuration
        self.faults = FaultBook(mode: faults, draws: draws, time: self.time)
        self.trace = Trace(isNarrated: narrated)
        self.cloud = Cloud(
            tables: [
                DynamoDBTable("Analytics", keys: ["PK", "SK"]), DynamoDBTable("Checkpoints", keys: ["checkpoint"]),
                DynamoDBTable("Orders", keys: ["orderId"], hasStream: true),
            ],
            queues: FunctionName.allCases.flatMap { [$0.deadLetterQueueURL, $0.pipeQueueURL] },
            topics: [Self.topicARN],
            cache: cache
        )
        self.ordersTable = self.cloud.dynamoDB["Orders"]
        self.analyticsTable = self.cloud.dynamoDB["Analytics"]
    }

    func complain(_ complaint: String) { self.complaints.append(complaint) }

    /// The answer to a request that arrives now.
    ///
    /// No service checks a signature; all check when it was made, and whether its credentials are valid.
    func answer(
        _ call: ServiceCall,
        from environment: ExecutionEnvironment,
        of invocation: Invocation?
    ) -> HTTPResponse {
        if let invocation, invocation.plan.has(.credentialsEnd),
            invocation.requestCount > 1 || invocation.plan.has(.frozen)
        {
            let message = "The security token included in the request is expired"
            return call.form.answer(ServiceError(400, call.expiredCode, message))
        }
        if let refusal = self.refusalOfTime(call) { return refusal }
        let answer = self.cloud.answer(call, at: self.time.now)
        if call.service == .kinesis { self.afterPut?(invocation) }
        self.afterEachStep?()
        return answer
    }

    /// A change of the Orders table as its Pipes pass it on, all of them the same text.
    func text(of change: TableChange) -> [UInt8] {
        if let known = self.knownChangeTexts[change.number] { return known }
        let text = TableEvents.text(of: change)
        self.knownChangeTexts[change.number] = text
        return text
    }

    /// The change as the API of the table's stream gives it, which does not say of which stream it is.
    func streamText(of change: TableChange) -> [UInt8] {
        TableEvents.streamText(self.text(of: change))
    }

    /// AWS refuses what was signed more than 15 minutes away from its own time; DynamoDB and Kinesis 5 minutes.
    private func refusalOfTime(_ call: ServiceCall) -> HTTPResponse? {
        let now = World.epoch + .nanoseconds(self.time.now)
        guard let date = call.request.headers["X-Amz-Date"], let signed = Self.instant(basic: date) else { return nil }
        let difference = now - signed
        let most = call.service.greatestSkew
        guard difference > most || difference < .zero - most else { return nil }
        var answer = call.form.answer(
            ServiceError(403, call.service.skewCode, "Signature expired or not yet current")
        )
        answer.headers["Date"] = Self.httpDate(now)
        return answer
    }

    /// The instant of `20250827T180800Z`.
    private static func instant(basic text: String) -> UTCInstant? {
        var (number, count) = (0, 0)
        for byte in text.utf8 where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") && count < 15 {
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
            count += 1
        }
        guard count == 14 else { return nil }
        let (day, time) = (number / 1_000_000, number % 1_000_000)
        let days = CivilDay.days(year: day / 10_000, month: day / 100 % 100, day: day % 100)
        let seconds = time / 10_000 * 3_600 + time / 100 % 100 * 60 + time % 100
        return UTCInstant(secondsSince1970: Int64(days * 86_400 + seconds))
    }

    private static func httpDate(_ instant: UTCInstant) -> String {
        let time = instant.civilTime
        let names = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = names[Int(instant.secondsSince1970 / 86_400 % 7)]
        return "\(day), \(two(time.day)) \(months[time.month - 1]) \(time.year) "
            + "\(two(time.hour)):\(two(time.minute)):\(two(time.second)) GMT"
    }

    /// The variables of an environment, by the template.
    func variables(of environment: ExecutionEnvironment) -> Platform.Environment {
        let isOther = environment.version % 2 == 1
        let place = environment.function.place * 2 + (isOther ? 1 : 0)
        if let known = self.knownVariables[place] { return known }
        let attempts = isOther ? self.configuration.otherAttempts : self.configuration.attempts
        let variables = Platform.Environment([
            "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "AWS_MAX_ATTEMPTS": String(attempts), "ORDERS_TABLE": "Orders", "ORDER_STREAM": "orders",
            "ANALYTICS_TABLE": "Analytics", "CHECKPOINTS_TABLE": "Checkpoints", "ARCHIVE_BUCKET": "archive",
            "DEAD_LETTER_QUEUE_URL": environment.function.deadLetterQueueURL, "PREMIUM_TOPIC_ARN": Self.topicARN,
            "NORMAL_MINIMUM_AMOUNT": "100", "PREMIUM_MINIMUM_AMOUNT": "1000", "TEST_EMAIL_DOMAINS": "test.com",
            "DEDUPLICATION": self.configuration.deduplication.rawValue, "DEDUPLICATION_TTL_DAYS": "15",
            "STREAM_RETENTION_DAYS": "1",
        ])
        self.knownVariables[place] = variables
        return variables
    }

    static let topicARN = "arn:aws:sns:eu-central-1:000000000000:premium"
}

extension FunctionName {
    /// The queue that the function sends its dead letters to.
    var deadLetterQueueURL: String { "https://sqs.eu-central-1.amazonaws.com/000000000000/\(self.rawValue)-dead" }
}

extension ServiceCall {
    fileprivate var expiredCode: String {
        switch self.service {
        case .dynamoDB, .kinesis, .sqs: "ExpiredTokenException"
        case .sns, .s3: "ExpiredToken"
        }
    }
}

extension ServiceCall.Service {
    /// How far from the service's time a request may be signed.
    fileprivate var greatestSkew: Duration {
        switch self {
        case .dynamoDB, .kinesis: .seconds(300)
        case .s3, .sqs, .sns: .seconds(900)
        }
    }

    /// The code of a request that was signed further away.
    fileprivate var skewCode: String {
        switch self {
        case .dynamoDB, .kinesis, .sqs: "InvalidSignatureException"
        case .sns: "SignatureDoesNotMatch"
        case .s3: "RequestTimeTooSkewed"
        }
    }
}

/// How a run's stack is configured.
struct Configuration: Sendable {
    enum Deduplication: String, Sendable { case event, shard }

    let deduplication: Deduplication
    /// `AWS_MAX_ATTEMPTS`.
    let attempts: Int
    /// The same of every other version.
    let otherAttempts: Int
    /// Whether Pipes apply the template's filters.
    let filtersChanges: Bool
    /// Whether the runner of `orders pipes` plays the Pipes.
    let playsRunner: Bool
    /// Whether everything is delivered once more when all is done.
    ///
    /// That is a sixth of a run's work, and what it finds at all, it finds in most runs.
    let isReplayed: Bool
    /// The weight behind which the aggregator ends a batch, in which parts then meet all that befalls a batch; nil for the
    /// product's own, which is beyond the batches of a run.
    let batchWeight: Int?
    /// How many orders the archiver begins together; nil for the product's own number.
    let archivedOrdersOfASlice: Int?

    init(_ draws: Draws, _ deduplication: Deduplication? = nil) {
        var generator = draws.generator(.configuration)
        let drawn: Deduplication = generator.choice([.event, .event, .shard])
        self.deduplication = deduplication ?? drawn
        self.attempts = generator.choice([1, 3])
        self.otherAttempts = generator.choice([1, 2, 3])
        self.filtersChanges = generator.chance(0.5)
        self.playsRunner = generator.chance(0.25)
        self.isReplayed = generator.chance(0.25)
        self.batchWeight = generator.chance(0.3) ? generator.number(0...40) : nil
        self.archivedOrdersOfASlice = generator.chance(0.3) ? generator.number(1...4) : nil
    }
}

/// Days of the calendar.
enum CivilDay {
    /// Days since 1970-01-01, by Hinnant's `days_from_civil`.
    static func days(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// `2025-08-28` of a second since 1970, by Hinnant's `civil_from_days`.
    static func text(secondsSince1970: Int64) -> String {
        let days = Int(secondsSince1970 / 86_400) + 719_468
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day))"
    }

    /// `18:08:00` of a second since 1970.
    static func clock(secondsSince1970: Int64) -> String {
        let second = Int(secondsSince1970 % 86_400)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))"
    }
}
