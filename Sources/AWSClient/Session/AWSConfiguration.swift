internal import Glibc
package import Platform

/// Everything about the AWS account and its endpoints, read once at start.
package struct AWSConfiguration: Sendable {
    package let region: String
    package let credentials: AWSCredentials
    package let trustRoots: TrustRoots
    /// Requests per call, the first included: `AWS_MAX_ATTEMPTS`.
    package let maxAttempts: Int
    /// The `User-Agent` of every request; AWS support and access logs see it.
    package let userAgent: String
    private let regional: RegionalEndpoint
    /// One for a service at most.
    ///
    /// No dictionary: Swift's runtime would look up how its keys are hashed, 105 thousand instructions of a cold start.
    private let overrides: [Override]

    private struct Override {
        let service: AWSService
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
        self.overrides = try Self.overrides(environment)
        if !self.overrides.isEmpty, self.regional.usesFIPS || self.regional.usesDualStack {
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
        self.overrides.first { $0.service == service }?.endpoint
    }

    /// Where the service's requests go.
    package func endpoint(for service: AWSService) -> Endpoint {
        self.override(for: service) ?? Endpoint(host: self.regional.host(of: service))
    }

    private static let regionForm = "a region's name such as eu-central-1"
    private static let secretForm = "printable ASCII without spaces"

    /// A region becomes part of host names, so that nothing else may pass.
    private static func region(_ text: String) -> String? {
        text.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "-") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        } ? text : nil
    }

    private static func headerValue(_ text: String) -> String? {
        text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? text : nil
    }

    private static func overrides(_ environment: Environment) throws -> [Override] {
        if environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.lowercased() == "true" { return [] }
        let form = "an http:// or https:// URL"
        let general = try environment.optional("AWS_ENDPOINT_URL", form, parse: Endpoint.init(url:))
        return try AWSService.allCases.compactMap { service in
            let name = "AWS_ENDPOINT_URL_\(service.environmentName)"
            let own = try environment.optional(name, form, parse: Endpoint.init(url:))
            return (own ?? general).map { Override(service: service, endpoint: $0) }
        }
    }
}
