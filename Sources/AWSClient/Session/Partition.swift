/// A part of AWS with regions, accounts and domains of its own.
///
/// As botocore's `partitions.json` has them; a region that no partition knows is one of the public AWS's.
enum Partition {
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
