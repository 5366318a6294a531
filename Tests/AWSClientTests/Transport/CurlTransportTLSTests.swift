internal import AWSClient
internal import Foundation
internal import Platform
internal import TestSupport
internal import Testing

/// Who is believed and who is not, with certificates made for this run.
@Suite struct CurlTransportTLSTests {
    private let certificates: TestCertificates

    init() throws {
        self.certificates = try TestCertificates.shared.get()
    }

    /// How the trusted root is given.
    enum Form: CaseIterable, Sendable {
        case file
        case directory
    }

    private func roots(_ form: Form) -> TrustRoots {
        switch form {
        case .file: .file(self.certificates.root)
        case .directory: .directory(self.certificates.rootDirectory)
        }
    }

    private func status(
        of leaf: TestCertificates.Leaf,
        roots: Form = .file,
        host: String = "localhost",
        maximumTLS: String? = nil
    ) throws -> Int {
        let server = try FaultyServer(host: host, certificate: leaf, maximumTLS: maximumTLS)
        return try withTransport(trustRoots: self.roots(roots)) { transport in
            try await transport.send(server.request("/echo"), deadline: nil).statusCode
        }
    }

    private func refusal(
        of leaf: TestCertificates.Leaf,
        roots: Form = .file,
        host: String = "localhost",
        maximumTLS: String? = nil
    ) throws -> HTTPTransportError {
        let error = #expect(throws: HTTPTransportError.self) {
            try self.status(of: leaf, roots: roots, host: host, maximumTLS: maximumTLS)
        }
        return try #require(error)
    }

    @Test(arguments: ["localhost", "127.0.0.1"], Form.allCases)
    func `accepts the right certificate`(host: String, roots: Form) throws {
        #expect(try self.status(of: self.certificates.right, roots: roots, host: host) == 200)
    }

    @Test func `a directory of roots serves every connection of a transport`() throws {
        let server = try FaultyServer(host: "localhost", certificate: self.certificates.right)
        let statuses = try withTransport(trustRoots: self.roots(.directory)) { transport in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask { try await transport.send(server.request("/echo"), deadline: nil).statusCode }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(statuses == [200, 200, 200, 200])
    }

    @Test func `refuses an expired certificate`() throws {
        let error = try self.refusal(of: self.certificates.expired)
        #expect(error.code == .untrustedServer)
        #expect(error.message.contains("expired"))
        #expect(!error.wasSent)
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func `refuses a certificate of another host`(host: String) throws {
        let error = try self.refusal(of: self.certificates.wrongHost, host: host)
        #expect(error.code == .untrustedServer)
        #expect(!error.wasSent)
    }

    @Test func `refuses a self-signed certificate`() throws {
        let error = try self.refusal(of: self.certificates.selfSigned)
        #expect(error.code == .untrustedServer)
        #expect(error.message.contains("self"))
        #expect(!error.wasSent)
    }

    @Test(arguments: Form.allCases)
    func `refuses a certificate of an unknown root`(roots: Form) throws {
        let error = try self.refusal(of: self.certificates.unknownRoot, roots: roots)
        #expect(error.code == .untrustedServer)
        #expect(error.message.contains("issuer"))
        #expect(!error.wasSent)
    }

    @Test func `trusts only the given roots`() throws {
        let server = try FaultyServer(host: "localhost", certificate: self.certificates.right)
        let error = #expect(throws: HTTPTransportError.self) {
            try withTransport(trustRoots: .libraryDefault) { transport in
                try await transport.send(server.request("/echo"), deadline: nil)
            }
        }
        #expect(error?.code == .untrustedServer)
    }

    @Test func `refuses TLS older than 1.2`() throws {
        let error = try self.refusal(of: self.certificates.right, maximumTLS: "TLSv1_1")
        #expect(error.code == .connectionFailed)
        #expect(!error.wasSent)
        #expect(try self.status(of: self.certificates.right, maximumTLS: "TLSv1_2") == 200)
    }

    @Test func `names an unreadable file of roots`() throws {
        let server = try FaultyServer(host: "localhost", certificate: self.certificates.right)
        let error = #expect(throws: HTTPTransportError.self) {
            try withTransport(trustRoots: .file("/nonexistent.pem")) { transport in
                try await transport.send(server.request("/echo"), deadline: nil)
            }
        }
        #expect(error?.code == .misconfigured)
        #expect(error?.message.contains("AWS_CA_BUNDLE") == true)
    }

    @Test func `fails without sending when the server speaks no TLS`() throws {
        let server = try FaultyServer()
        var endpoint = server.endpoint
        endpoint.scheme = "https"
        let request = HTTPRequest(method: .get, endpoint: endpoint)
        let error = #expect(throws: HTTPTransportError.self) {
            try withTransport { try await $0.send(request, deadline: nil) }
        }
        #expect(error?.code == .connectionFailed)
        #expect(error?.wasSent == false)
    }
}
