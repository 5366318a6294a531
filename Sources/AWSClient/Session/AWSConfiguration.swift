internal import Glibc
package import Platform

/// Everything about the AWS account and its endpoints, read once at start.
package struct AWSConfiguration: Sendable {
    /// The region, as `eu-central-1`.
    package let region: String
    /// What requests are signed with.
    package let credentials: AWSCredentials
    /// Which certificates are believed.
    package let trustRoots: TrustRoots
    /// Requests per call, the first included: `AWS_MAX_ATTEMPTS`.
    package let maxAttempts: Int
    /// The `User-Agent` of every request; AWS support and access logs see it.
    package let userAgent: String
    private let regional: RegionalEndpoint
    /// `AWS_ENDPOINT_URL`: where every service is that has no endpoint of its own in `serviceOverrides`.
    private let generalOverride: Endpoint?
    /// `AWS_ENDPOINT_URL_<SERVICE>`, one for a service at most.
    private let serviceOverrides: [Override]

    private struct Override {
        let environmentName: String
        let endpoint: Endpoint
    }

    /// Throws an `EnvironmentError` that names the variable at fault.
    package init(environment: Environment) throws {
        try self.init(environment: environment, fileExists: { access($0, R_OK) == 0 })
    }

    /// With the file system as a parameter.
    package init(environment: Environment, fileExists: (String) -> Bool) throws {
        self.region =
            try environment.optional("AWS_REGION", Self.regionForm, parse: Self.region)
            ?? environment.optional("AWS_DEFAULT_REGION", Self.regionForm, parse: Self.region)
            ?? environment.require("AWS_REGION")
        self.credentials = AWSCredentials(
            accessKeyID: try environment.require("AWS_ACCESS_KEY_ID", Self.secretForm, parse: Self.headerValue),
            secretAccessKey: try environment.require("AWS_SECRET_ACCESS_KEY"),
            sessionToken: try environment.optional("AWS_SESSION_TOKEN", Self.secretForm, parse: Self.headerValue)
        )
        self.maxAttempts =
            try environment.optional("AWS_MAX_ATTEMPTS", "an integer from 1 to 20") {
                Int($0).flatMap { (1...20).contains($0) ? $0 : nil }
            } ?? 3
        self.userAgent =
            "order-event-pipeline/1 lang/swift"
            + (environment["AWS_EXECUTION_ENV"].flatMap(Self.headerValue).map { " exec-env/\($0)" } ?? "")
        self.regional = try RegionalEndpoint(region: self.region, environment: environment)
        let ignoresEndpoints = environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.lowercased() == "true"
        self.generalOverride =
            ignoresEndpoints
            ? nil : try environment.optional("AWS_ENDPOINT_URL", Self.endpointForm, parse: Endpoint.init(url:))
        self.serviceOverrides = ignoresEndpoints ? [] : try Self.serviceOverrides(environment)
        let hasOverrides = self.generalOverride != nil || !self.serviceOverrides.isEmpty
        if hasOverrides, self.regional.usesFIPS || self.regional.usesDualStack {
            // As botocore: which of both is meant, nobody can tell.
            let name = self.regional.usesFIPS ? "AWS_USE_FIPS_ENDPOINT" : "AWS_USE_DUALSTACK_ENDPOINT"
            throw EnvironmentError.malformed(name, expected: "false beside an AWS_ENDPOINT_URL")
        }
        self.trustRoots = try TrustRoots(environment: environment, fileExists: fileExists)
    }

    /// The endpoint that was configured instead of AWS's own, if any.
    ///
    /// Then every call of that service goes there: S3 by path, SQS whatever host its queue URLs have.
    package func override(for service: AWSService) -> Endpoint? {
        self.serviceOverrides.first { $0.environmentName == service.environmentName }?.endpoint
            ?? self.generalOverride
    }

    /// Where the service's requests go.
    package func endpoint(for service: AWSService) -> Endpoint {
        self.override(for: service) ?? Endpoint(host: self.regional.host(of: service))
    }

    private static let regionForm = "a region's name such as eu-central-1"
    private static let endpointForm = "an http:// or https:// URL"
    private static let secretForm = "printable ASCII without spaces"

    /// A region becomes part of host names, so that nothing else may pass.
    private static func region(_ text: String) -> String? {
        text.utf8.allSatisfy(HostLabel.canHold) ? text : nil
    }

    private static func headerValue(_ text: String) -> String? {
        text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? text : nil
    }

    private static func serviceOverrides(_ environment: Environment) throws -> [Override] {
        let prefix = "AWS_ENDPOINT_URL_"
        return try environment.names(withPrefix: prefix).compactMap { name in
            let endpoint = try environment.optional(name, Self.endpointForm, parse: Endpoint.init(url:))
            return endpoint.map { Override(environmentName: String(name.dropFirst(prefix.utf8.count)), endpoint: $0) }
        }
    }
}

/// What requests are signed with.
///
/// Its description shows none of it, so that it cannot reach a log by accident.
package struct AWSCredentials: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// The public part of the key.
    package let accessKeyID: String
    /// The secret part of the key.
    package let secretAccessKey: String
    /// Set for temporary credentials, which every Lambda function has.
    package let sessionToken: String?

    /// A key, with a session token where it is a temporary one.
    package init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }

    /// Says nothing of the key, so that none gets into a log.
    package var description: String { "AWSCredentials(hidden)" }

    /// Hides the key from `dump` and from the messages of failed tests.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Whose certificates are believed.
///
/// What is parsed before the first answer is part of every cold start: the 139 roots of a system cost 37 ms, one 0.2 ms.
package enum TrustRoots: Sendable, Equatable {
    /// A PEM file, all of whose certificates are parsed with the first connection.
    case file(String)
    /// A directory as `openssl rehash` makes it, a root per file: only the one that a server's chain ends in is parsed.
    case directory(String)
    /// Where libcurl was built to look.
    case libraryDefault

    /// The directory that the build puts beside the bootstrap.
    package static let bundledName = "amazon-roots"

    /// `AWS_CA_BUNDLE`, else Amazon's roots beside the bootstrap, else the system's.
    package init(environment: Environment, fileExists: (String) -> Bool) throws {
        if let bundle = environment["AWS_CA_BUNDLE"] {
            guard fileExists(bundle) else {
                throw EnvironmentError.malformed("AWS_CA_BUNDLE", expected: "the path of a readable PEM file")
            }
            self = .file(bundle)
            return
        }
        if let bundled = environment["LAMBDA_TASK_ROOT"].map({ $0 + "/" + Self.bundledName }), fileExists(bundled) {
            self = .directory(bundled)
            return
        }
        // Amazon Linux and Fedora; Debian and Ubuntu; Alpine.
        let system = [
            "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem",
        ]
        self = system.first(where: fileExists).map(TrustRoots.file) ?? .libraryDefault
    }
}
