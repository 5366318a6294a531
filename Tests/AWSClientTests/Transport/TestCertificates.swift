internal import Foundation

/// Certificates made once for a test run by the openssl command, in a folder that goes with the process.
final class TestCertificates: Sendable {
    /// A server's certificate and key, as paths of PEM files.
    struct Leaf: Sendable {
        let certificate: String
        let key: String
    }

    static let shared = Result { try TestCertificates() }

    private static let directory = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
    /// The issuer that the tests trust.
    let root: String
    /// The same as a directory that OpenSSL finds it in by its hash.
    let rootDirectory: String
    let right: Leaf
    let expired: Leaf
    let wrongHost: Leaf
    let selfSigned: Leaf
    let unknownRoot: Leaf

    private init() throws {
        try FileManager.default.createDirectory(at: Self.directory, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(at: TestCertificates.directory) }
        let maker = Maker(directory: Self.directory)
        let root = try maker.root("root")
        let other = try maker.root("other")
        self.root = root.certificate
        self.rootDirectory = try maker.directory(of: root)
        let local = "DNS:localhost,IP:127.0.0.1"
        self.right = try maker.leaf("right", names: local, issuer: root, days: 2)
        self.expired = try maker.leaf("expired", names: local, issuer: root, days: -1)
        self.wrongHost = try maker.leaf("wrong", names: "DNS:dynamodb.example.com", issuer: root, days: 2)
        self.unknownRoot = try maker.leaf("unknown", names: local, issuer: other, days: 2)
        self.selfSigned = try maker.selfSigned("self", names: local)
    }

    private struct Maker {
        let directory: URL

        func root(_ name: String) throws -> Leaf {
            let leaf = self.paths(name)
            try self.openssl(
                ["req", "-x509", "-days", "2", "-subj", "/CN=\(name)", "-out", leaf.certificate]
                    + self.newKey(leaf)
            )
            return leaf
        }

        func directory(of root: Leaf) throws -> String {
            let folder = self.directory.appending(path: "roots")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            try FileManager.default.copyItem(atPath: root.certificate, toPath: folder.appending(path: "root.pem").path)
            try self.openssl(["rehash", folder.path])
            return folder.path
        }

        func selfSigned(_ name: String, names: String) throws -> Leaf {
            let leaf = self.paths(name)
            try self.openssl(
                ["req", "-x509", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=\(names)"]
                    + ["-addext", "basicConstraints=critical,CA:FALSE", "-out", leaf.certificate] + self.newKey(leaf)
            )
            return leaf
        }

        func leaf(_ name: String, names: String, issuer: Leaf, days: Int) throws -> Leaf {
            let leaf = self.paths(name)
            let request = self.path("\(name).csr")
            let extensions = self.path("\(name).ext")
            try Data("subjectAltName=\(names)\n".utf8).write(to: URL(filePath: extensions))
            try self.openssl(["req", "-subj", "/CN=\(name)", "-out", request] + self.newKey(leaf))
            try self.openssl([
                "x509", "-req", "-in", request, "-CA", issuer.certificate, "-CAkey", issuer.key, "-set_serial", "7",
                "-days", String(days), "-extfile", extensions, "-out", leaf.certificate,
            ])
            return leaf
        }

        private func newKey(_ leaf: Leaf) -> [String] {
            ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", leaf.key]
        }

        private func paths(_ name: String) -> Leaf {
            Leaf(certificate: self.path("\(name).pem"), key: self.path("\(name).key"))
        }

        private func path(_ name: String) -> String { self.directory.appending(path: name).path }

        private func openssl(_ arguments: [String]) throws {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["openssl"] + arguments
            let errors = Pipe()
            process.standardError = errors
            try process.run()
            let text = try errors.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                let message = String(decoding: text, as: UTF8.self)
                throw CocoaError(.executableNotLoadable, userInfo: [NSDebugDescriptionErrorKey: message])
            }
        }
    }
}
