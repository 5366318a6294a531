/// A service of AWS: how each part of AWS names it, where it is, and how it is spoken to.
///
/// Each service's folder has the description of its own, so that another service or operation is added there alone.
package struct AWSService: Sendable {
    /// How a service's requests and answers are written.
    package enum WireProtocol: Sendable {
        /// A JSON object in and out; the header `X-Amz-Target` has the operation behind `targetPrefix`.
        case json(version: String, targetPrefix: String)
        /// A form in, XML out.
        case query(version: String)
        /// Operations are methods and paths; errors and whatever is not content of a customer are XML.
        case restXML
        /// Operations are methods and paths; errors and whatever is not content of a customer are JSON.
        case restJSON

        /// Whether errors are XML.
        var hasXMLErrors: Bool {
            switch self {
            case .query, .restXML: true
            case .json, .restJSON: false
            }
        }
    }

    /// How the host is called that has addresses of IPv6 as well.
    package enum DualStackHost: Sendable {
        /// By the same labels, in another domain.
        case otherDomain
        /// By these labels instead of the usual ones, in another domain, where the partition is one of these.
        case otherLabels(String, partitions: [Partition])
        /// In the same domain, with a label `dualstack` more.
        case dualStackLabel
    }

    /// Which of the service's usual hosts in GovCloud have cryptography that is validated by FIPS 140, and so no host of
    /// another name for it.
    package enum GovCloudFIPS: Sendable {
        case none
        /// Those with addresses of IPv4 alone.
        case singleStack
        /// Those with addresses of IPv4 alone, in the regions that GovCloud has had from the start.
        case singleStackOfKnownRegions
        case all
    }

    /// What an error without a body is called that has this status.
    package struct BodilessError: Sendable {
        let statusCode: Int
        let code: AWSError.Code

        /// The name of an answer with that status and no body.
        package init(statusCode: Int, code: AWSError.Code) {
            self.statusCode = statusCode
            self.code = code
        }
    }

    /// As error messages name the service; no two have the same.
    package let name: String
    /// As in `AWS_ENDPOINT_URL_<SERVICE>`.
    package let environmentName: String
    /// The first labels of the service's host name.
    package let hostPrefix: String
    /// The service in a signature's scope.
    package let signingName: String
    let wireProtocol: WireProtocol
    let dualStackHost: DualStackHost
    let govCloudFIPS: GovCloudFIPS
    /// How long one attempt may take, so that a silent server leaves time for another.
    let attemptTimeout: Duration
    let bodilessErrors: [BodilessError]

    /// `hostPrefix` is also the signing name where there is none.
    package init(
        name: String,
        environmentName: String,
        hostPrefix: String,
        signingName: String? = nil,
        wireProtocol: WireProtocol,
        dualStackHost: DualStackHost = .otherDomain,
        govCloudFIPS: GovCloudFIPS,
        attemptTimeout: Duration = .seconds(20),
        bodilessErrors: [BodilessError] = []
    ) {
        self.name = name
        self.environmentName = environmentName
        self.hostPrefix = hostPrefix
        self.signingName = signingName ?? hostPrefix
        self.wireProtocol = wireProtocol
        self.dualStackHost = dualStackHost
        self.govCloudFIPS = govCloudFIPS
        self.attemptTimeout = attemptTimeout
        self.bodilessErrors = bodilessErrors
    }
}
