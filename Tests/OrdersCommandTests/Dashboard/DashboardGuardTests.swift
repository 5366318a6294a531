internal import Foundation
internal import OrdersCommand
internal import Testing

/// Who is served, and with what.
@Suite struct DashboardGuardTests {
    private let token = DashboardToken()

    private func decision(
        _ path: String,
        method: String = "GET",
        _ headers: [String: String] = [:],
        isAuthorized: Bool = true
    ) -> DashboardGuard.Decision {
        var all = ["host": "127.0.0.1:5000"]
        if isAuthorized { all["authorization"] = "Bearer \(self.token.text)" }
        all.merge(headers) { $1 }
        let requests = DashboardGuard(port: 5_000, token: self.token)
        return requests.decide(DashboardGuard.Request(method: method, path: path, headers: all))
    }

    private func status(_ decision: DashboardGuard.Decision) -> Int {
        switch decision {
        case .serve: 200
        case .refuse(let status, _): status
        }
    }

    @Test func `the page needs no token, what it shows does`() {
        #expect(self.decision("/", isAuthorized: false) == .serve(.page))
        #expect(self.decision("/events") == .serve(.events))
        #expect(self.decision("/products") == .serve(.products))
        #expect(self.status(self.decision("/events", isAuthorized: false)) == 401)
        #expect(self.status(self.decision("/products", isAuthorized: false)) == 401)
    }

    @Test func `a token that is almost right is wrong`() {
        let right = "Bearer \(self.token.text)"
        for wrong in [
            "", "Bearer ", self.token.text, right.lowercased() + "", String(right.dropLast()), right + "x",
            "Basic " + right,
            String(right.dropLast()) + (right.hasSuffix("A") ? "B" : "A"), "Bearer \(DashboardToken().text)",
        ] where wrong != right {
            #expect(self.status(self.decision("/events", ["authorization": wrong])) == 401, "\(wrong)")
        }
    }

    @Test(arguments: [
        "", "evil.example", "evil.example:5000", "127.0.0.1", "127.0.0.1:5001", "localhost",
        "127.0.0.1:5000.evil.example",
        "127.0.0.1:5000,evil.example", "0.0.0.0:5000", "127.0.0.2:5000", "localhost.:5000",
    ])
    func `another host is refused`(host: String) {
        for path in ["/", "/events", "/products"] {
            #expect(self.status(self.decision(path, ["host": host])) == 403)
        }
    }

    @Test(arguments: ["127.0.0.1:5000", "localhost:5000", "LOCALHOST:5000", "[::1]:5000"])
    func `the page's own origin is served`(host: String) {
        let headers = [
            "host": host, "origin": "http://\(host)", "sec-fetch-site": "same-origin", "sec-fetch-dest": "empty",
        ]
        #expect(self.decision("/events", headers) == .serve(.events))
    }

    @Test(arguments: [
        "null", "http://evil.example", "http://127.0.0.1:5001", "https://127.0.0.1:5000", "http://localhost:5000", "",
    ])
    func `another origin is refused`(origin: String) {
        #expect(self.status(self.decision("/events", ["origin": origin])) == 403)
        #expect(self.status(self.decision("/", ["origin": origin])) == 403)
    }

    @Test(arguments: ["cross-site", "same-site", "none", ""])
    func `what another page asks for is refused`(site: String) {
        #expect(self.status(self.decision("/events", ["sec-fetch-site": site])) == 403)
    }

    @Test(arguments: ["iframe", "script", "image", "style", "object", "embed", "empty", "worker"])
    func `the page is a document and nothing else`(destination: String) {
        #expect(self.status(self.decision("/", ["sec-fetch-dest": destination])) == 403)
    }

    @Test func `a typed address and a reload are served, another page's link is not`() {
        #expect(self.decision("/", ["sec-fetch-site": "none", "sec-fetch-dest": "document"]) == .serve(.page))
        #expect(self.decision("/", ["sec-fetch-site": "same-origin", "sec-fetch-dest": "document"]) == .serve(.page))
        #expect(self.status(self.decision("/", ["sec-fetch-site": "cross-site", "sec-fetch-dest": "document"])) == 403)
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "CONNECT", "get"])
    func `nothing can be changed`(method: String) {
        for path in ["/", "/events", "/products", "/nothing"] {
            #expect(self.status(self.decision(path, method: method)) == 405)
        }
    }

    @Test(arguments: ["", "/index.html", "//", "/events/", "/../", "/Events", "/favicon.ico", "/%2e/"])
    func `no other path is there`(path: String) {
        #expect(self.status(self.decision(path)) == 404)
    }

    @Test func `tokens are long, of one alphabet, and never the same`() {
        let tokens = (0..<100).map { _ in DashboardToken().text }
        #expect(Set(tokens).count == 100)
        #expect(tokens.allSatisfy { $0.utf8.count == 43 && DashboardToken($0) != nil })
        for text in ["", "short", String(repeating: "+", count: 43), String(repeating: "a", count: 44)] {
            #expect(DashboardToken(text) == nil)
        }
    }
}

/// The file that keeps the address.
@Suite struct DashboardAddressTests {
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dashboard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appendingPathComponent("dashboard"))
    }

    private func mode(_ file: URL) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int)
    }

    @Test func `an address is kept where only its owner reads it, and taken from there`() throws {
        try self.withFolder { file in
            let address = DashboardAddress(port: 5_000, token: DashboardToken())
            try address.keep(in: file)
            #expect(try self.mode(file) == 0o600)
            #expect(DashboardAddress.kept(in: file) == address)
            // Over another one, too, whatever its mode was.
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
            let other = DashboardAddress(port: 5_001, token: DashboardToken())
            try other.keep(in: file)
            #expect(try self.mode(file) == 0o600)
            #expect(DashboardAddress.kept(in: file) == other)
        }
    }

    @Test func `what cannot be kept is left nowhere`() throws {
        try self.withFolder { file in
            // No file takes the place of a folder.
            try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
            let address = DashboardAddress(port: 5_000, token: DashboardToken())
            let error = #expect(throws: ToolError.self) { try address.keep(in: file) }
            #expect(error?.description.hasSuffix("cannot be written: Is a directory") == true)
            let left = try FileManager.default.contentsOfDirectory(atPath: file.deletingLastPathComponent().path)
            #expect(left == [file.lastPathComponent])
        }
    }

    @Test(arguments: [0o644, 0o660, 0o604, 0o620, 0o602])
    func `what others can read or write is not taken`(mode: Int) throws {
        try self.withFolder { file in
            try DashboardAddress(port: 5_000, token: DashboardToken()).keep(in: file)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
            #expect(DashboardAddress.kept(in: file) == nil)
        }
    }

    @Test func `a link is not followed`() throws {
        try self.withFolder { file in
            let elsewhere = file.appendingPathExtension("elsewhere")
            try DashboardAddress(port: 5_000, token: DashboardToken()).keep(in: elsewhere)
            try FileManager.default.createSymbolicLink(at: file, withDestinationURL: elsewhere)
            #expect(DashboardAddress.kept(in: file) == nil)
        }
    }

    @Test(arguments: [
        "", "DashboardUrl=", "DashboardUrl=http://127.0.0.1:0/#TOKEN", "DashboardUrl=http://evil.example:5000/#TOKEN",
        "DashboardUrl=http://127.0.0.1:5000/", "DashboardUrl=http://127.0.0.1:5000/#short",
        "DashboardUrl=http://127.0.0.1:99999/#TOKEN", "DashboardUrl=http://127.0.0.1:5000/x#TOKEN",
    ])
    func `what is no address is none`(line: String) {
        let token = DashboardToken().text
        #expect(DashboardAddress(line: line.replacingOccurrences(of: "TOKEN", with: token)) == nil)
        #expect(DashboardAddress(line: "DashboardUrl=http://127.0.0.1:5000/#\(token)") != nil)
    }
}
