package import Platform

/// Whose certificates are believed.
///
/// One file of few roots parses in a fraction of a cold start's time.
package enum TrustRoots: Sendable, Equatable {
    /// A PEM file.
    case file(String)
    /// Where libcurl was built to look.
    case libraryDefault

    /// The file that the build puts beside the bootstrap.
    package static let bundledFileName = "amazon-roots.pem"

    /// `AWS_CA_BUNDLE`, else Amazon's roots beside the bootstrap, else the system's.
    package init(environment: Environment, fileExists: (String) -> Bool) throws {
        if let bundle = environment["AWS_CA_BUNDLE"] {
            guard fileExists(bundle) else {
                throw EnvironmentError.malformed("AWS_CA_BUNDLE", expected: "the path of a readable PEM file")
            }
            self = .file(bundle)
            return
        }
        let bundled = environment["LAMBDA_TASK_ROOT"].map { [$0 + "/" + Self.bundledFileName] } ?? []
        // Amazon Linux and Fedora; Debian and Ubuntu; Alpine.
        let system = [
            "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem",
        ]
        self = (bundled + system).first(where: fileExists).map(TrustRoots.file) ?? .libraryDefault
    }
}
