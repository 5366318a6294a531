internal import Platform

/// Which of its hosts a service is reached at, by the rules of botocore's endpoint rule sets.
///
/// The endpoints of an account of their own, which DynamoDB and Kinesis have beside these, are not used: they need the
/// account's number, which functions are not told.
struct RegionalEndpoint {
    let region: String
    private let partition: Partition
    /// `AWS_USE_FIPS_ENDPOINT`: hosts whose cryptography is validated by FIPS 140.
    let usesFIPS: Bool
    /// `AWS_USE_DUALSTACK_ENDPOINT`: hosts with addresses of IPv6 as well.
    let usesDualStack: Bool

    /// Throws an `EnvironmentError` for what is neither true nor false, and for FIPS where S3 has none.
    init(region: String, environment: Environment) throws {
        self.region = region
        self.partition = Partition(region: region)
        self.usesFIPS = try environment.optional("AWS_USE_FIPS_ENDPOINT", "true or false", parse: Self.flag) ?? false
        self.usesDualStack =
            try environment.optional("AWS_USE_DUALSTACK_ENDPOINT", "true or false", parse: Self.flag) ?? false
        if self.usesFIPS, self.partition == .china {
            throw EnvironmentError.malformed("AWS_USE_FIPS_ENDPOINT", expected: "false in regions of China")
        }
    }

    /// The service's host name.
    func host(of service: AWSService) -> String {
        let domain = self.usesDualStack && service != .s3 ? self.partition.dualStackDomain : self.partition.domain
        return "\(self.prefix(of: service)).\(self.region).\(domain)"
    }

    private func prefix(of service: AWSService) -> String {
        var prefix = service.hostPrefix
        if service == .dynamoDBStreams, self.usesDualStack, [.aws, .china, .govCloud].contains(self.partition) {
            prefix = "streams-dynamodb"
        }
        if self.usesFIPS, !self.isFIPSWithoutSayingSo(service) { prefix += "-fips" }
        if service == .s3, self.usesDualStack { prefix += ".dualstack" }
        return prefix
    }

    /// Most of GovCloud's hosts are of FIPS under their usual names.
    private func isFIPSWithoutSayingSo(_ service: AWSService) -> Bool {
        guard self.partition == .govCloud, !self.usesDualStack else { return false }
        switch service {
        case .lambda, .s3: return false
        case .sns: return self.region == "us-gov-east-1" || self.region == "us-gov-west-1"
        case .cloudFormation, .dynamoDB, .dynamoDBStreams, .kinesis, .sqs: return true
        }
    }

    private static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }
}
