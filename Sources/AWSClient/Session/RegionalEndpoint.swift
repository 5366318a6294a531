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
        var prefix = service.hostPrefix
        var suffix = ""
        var domain = self.partition.domain
        if self.usesDualStack {
            switch service.dualStackHost {
            case .otherDomain: domain = self.partition.dualStackDomain
            case .otherLabels(let labels, let partitions):
                if partitions.contains(self.partition) { prefix = labels }
                domain = self.partition.dualStackDomain
            case .dualStackLabel: suffix = ".dualstack"
            }
        }
        if self.usesFIPS, !self.isFIPSWithoutSayingSo(service) { prefix += "-fips" }
        return "\(prefix)\(suffix).\(self.region).\(domain)"
    }

    /// Most of GovCloud's hosts are of FIPS under their usual names.
    private func isFIPSWithoutSayingSo(_ service: AWSService) -> Bool {
        guard self.partition == .govCloud else { return false }
        switch service.govCloudFIPS {
        case .none: return false
        case .singleStack: return !self.usesDualStack
        case .singleStackOfKnownRegions:
            return !self.usesDualStack && (self.region == "us-gov-east-1" || self.region == "us-gov-west-1")
        case .all: return true
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

/// A part of AWS with regions, accounts and domains of its own.
///
/// As botocore's `partitions.json` has them; a region that no partition knows is one of the public AWS's.
package enum Partition: Sendable {
    case aws
    case china
    case europeanSovereign
    case govCloud
    case iso
    case isoB
    case isoE
    case isoF

    init(region: String) {
        switch region {
        case _ where region.hasPrefix("cn-"): self = .china
        case _ where region.hasPrefix("eusc-"): self = .europeanSovereign
        case _ where region.hasPrefix("us-gov-"): self = .govCloud
        case _ where region.hasPrefix("us-iso-"): self = .iso
        case _ where region.hasPrefix("us-isob-"): self = .isoB
        case _ where region.hasPrefix("eu-isoe-"): self = .isoE
        case _ where region.hasPrefix("us-isof-"): self = .isoF
        default: self = .aws
        }
    }

    /// What the hosts of services end in.
    var domain: String {
        switch self {
        case .aws, .govCloud: "amazonaws.com"
        case .china: "amazonaws.com.cn"
        case .europeanSovereign: "amazonaws.eu"
        case .iso: "c2s.ic.gov"
        case .isoB: "sc2s.sgov.gov"
        case .isoE: "cloud.adc-e.uk"
        case .isoF: "csp.hci.ic.gov"
        }
    }

    /// The same for hosts that have addresses of IPv6 as well.
    var dualStackDomain: String {
        switch self {
        case .aws, .govCloud: "api.aws"
        case .china: "api.amazonwebservices.com.cn"
        case .europeanSovereign: "api.amazonwebservices.eu"
        case .iso: "api.aws.ic.gov"
        case .isoB: "api.aws.scloud"
        case .isoE: "api.cloud-aws.adc-e.uk"
        case .isoF: "api.aws.hci.ic.gov"
        }
    }
}
