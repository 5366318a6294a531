internal import AWSClient
internal import Foundation
internal import TestSupport
internal import Testing

/// Servers that end the TLS handshake, in every way and at every moment that `tls_endings.py` knows.
@Suite struct HandshakeEndingTests {
    private let server: TestServerProcess
    /// By handshake, moment and ending.
    private let ports: [String: UInt16]
    private let certificates: TestCertificates

    init() throws {
        self.certificates = try TestCertificates.shared.get()
        let right = self.certificates.right
        self.server = try TestServerProcess("tls_endings.py", [right.certificate, right.key])
        self.ports = try JSONDecoder().decode([String: UInt16].self, from: Data(self.server.firstLine.utf8))
    }

    private func failure(at port: UInt16) throws -> HTTPTransportError {
        let endpoint = Endpoint(scheme: "https", host: "localhost", port: port)
        let error = #expect(throws: HTTPTransportError.self) {
            try withTransport(trustRoots: .file(self.certificates.root)) { transport in
                let request = HTTPRequest(method: .post, endpoint: endpoint, body: [1, 2, 3])
                return try await transport.send(request, deadline: nil)
            }
        }
        return try #require(error)
    }

    @Test(arguments: ["TLSv1_2", "TLSv1_3", "TLSv1_3 with a retry"])
    func `Whatever way the server ends a handshake, there is no connection, and nothing was sent`(
        handshake: String
    ) throws {
        let cases = self.ports.filter { $0.key.hasPrefix("\(handshake)/") }
        #expect(cases.count > 50)
        for (name, port) in cases.sorted(by: { $0.key < $1.key }) {
            let error = try self.failure(at: port)
            #expect(error.code == .connectionFailed, "\(name): \(error)")
            #expect(!error.wasSent, "\(name): \(error)")
        }
    }

    @Test func `The message says what the server's alert was`() throws {
        let port = try #require(self.ports["TLSv1_3/before flight 1/internal_error"])
        let message = try self.failure(at: port).message
        #expect(message.contains("localhost: no connection, TLS was not agreed on: "))
        #expect(message.contains("alert internal error"))
    }
}
