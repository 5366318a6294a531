package import Platform

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
