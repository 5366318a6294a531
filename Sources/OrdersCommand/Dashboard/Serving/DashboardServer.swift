internal import FlyingFox
internal import FlyingSocks
internal import Foundation
internal import JSONText
internal import Orders
internal import Platform

/// The dashboard's HTTP server on loopback: the page, its events, and the search for products.
struct DashboardServer: Sendable {
    /// Products that a search gives, but for those whose whole id it has.
    fileprivate static let searchLimit = 20

    private let server: HTTPServer
    let address: DashboardAddress

    /// Listens on the kept address where its port is free, else on another one with a new token: who may have listened
    /// there meanwhile may have been sent the old one.
    init(store: DashboardStore, port: UInt16?, kept: DashboardAddress?) throws {
        let (listener, token) = try Self.listener(port: port, kept: kept)
        self.address = DashboardAddress(port: listener.port, token: token)
        let answers = Answers(store: store, port: listener.port, token: token)
        let handler = ClosureHTTPHandler { await answers.answer($0) }
        self.server = HTTPServer(config: listener.configuration, handler: handler)
    }

    private static func listener(
        port: UInt16?,
        kept: DashboardAddress?
    ) throws -> (listener: Listener, token: DashboardToken) {
        if let kept, port == nil || port == kept.port, let listener = try? Listener(port: kept.port) {
            return (listener, kept.token)
        }
        return (try Listener(port: port ?? 0), DashboardToken())
    }

    /// Returns once a page can connect.
    func waitUntilListening() async throws {
        // Whoever waits runs the server beside it, which says why it cannot listen.
        try await self.server.waitUntilListening(timeout: 86_400)
    }

    /// Serves until its task is cancelled.
    func run() async throws {
        do {
            try await self.server.run()
        } catch let error as SocketError {
            // A server that was cancelled may end so, too: its socket is closed.
            try Task.checkCancellation()
            throw ToolError.failed("the dashboard cannot listen on loopback: \(error.localizedDescription)")
        }
    }

    /// A port of 127.0.0.1 that is free, found before the server is made: its answers depend on it.
    private struct Listener {
        let port: UInt16
        let configuration: HTTPServer.Configuration

        init(port: UInt16) throws {
            let address: sockaddr_in = try .inet(ip4: "127.0.0.1", port: port)
            do {
                let socket = try Socket(domain: Int32(AF_INET))
                defer { try? socket.close() }
                try socket.setValue(true, for: .localAddressReuse)
                try socket.bind(to: address)
                guard case .ip4(_, let bound) = try socket.sockname() else { throw SocketError.unsupportedAddress }
                self.port = bound
            } catch let error as SocketError {
                throw ToolError.badUse(
                    "port \(port) of 127.0.0.1 cannot be used: \(error.localizedDescription); name another one by --port, "
                        + "or none, for a free one"
                )
            }
            self.configuration = LocalRuntimeAPI.configuration(
                address: try .inet(ip4: "127.0.0.1", port: self.port) as sockaddr_in
            )
        }
    }
}

/// What the server answers.
private struct Answers: Sendable {
    let store: DashboardStore
    let requests: DashboardGuard
    let own: LoopbackSocket?

    init(store: DashboardStore, port: UInt16, token: DashboardToken) {
        self.store = store
        self.requests = DashboardGuard(port: port, token: token)
        self.own = LoopbackSocket(address: "127.0.0.1", port: port)
    }

    func answer(_ request: HTTPRequest) async -> HTTPResponse {
        // First of all, and before anything of the request is looked at.
        guard let own = self.own, let peer = LoopbackGuard.socket(request.remoteAddress),
            ConnectionOwner.user(at: peer, connectedTo: own) == geteuid()
        else { return Self.refusal(403, "browsers and programs of another user are not served") }
        let headers = Dictionary(
            request.headers.keys.map { ($0.rawValue.lowercased(), request.headers[$0] ?? "") }
        ) { first, _ in first }
        let decision = self.requests.decide(
            DashboardGuard.Request(method: request.method.rawValue, path: request.path, headers: headers)
        )
        switch decision {
        case .refuse(let status, let reason): return Self.refusal(status, reason)
        case .serve(.page): return DashboardPage.response()
        case .serve(.events): return self.events(request)
        case .serve(.products): return self.products(request)
        }
    }

    private func events(_ request: HTTPRequest) -> HTTPResponse {
        let selection: DaySelection
        do {
            selection = DaySelection(
                day: try Self.day("day", of: request),
                comparedWith: try Self.day("compare", of: request)
            )
        } catch {
            return Self.refusal(400, "\(error.parameter) is a UTC day such as 2025-08-27")
        }
        guard let (viewer, changes) = self.store.join(selection, today: Day(SystemClock.now)) else {
            return Self.refusal(503, "too many pages or days are open: close some")
        }
        let stream = DashboardStream(store: self.store, selection: selection, viewer: viewer, changes: changes)
        return HTTPResponse(
            statusCode: .ok,
            headers: DashboardPage.headers(contentType: "text/event-stream"),
            body: HTTPBodySequence(from: stream)
        )
    }

    private func products(_ request: HTTPRequest) -> HTTPResponse {
        guard let text = request.query["q"], text.utf8.count <= 512 else {
            return Self.refusal(400, "q is a part of a product's id")
        }
        let day: Day
        do {
            day = try Self.day("day", of: request) ?? Day(SystemClock.now)
        } catch {
            return Self.refusal(400, "\(error.parameter) is a UTC day such as 2025-08-27")
        }
        guard let found = self.store.products(of: day, matching: text, limit: DashboardServer.searchLimit) else {
            return Self.refusal(503, "the products of \(day.text) have not been read yet: ask again in some seconds")
        }
        var writer = JSONWriter()
        writer.object { writer in
            // Text, as all counts of the page are.
            writer.member("count", String(found.count))
            writer.key("products")
            writer.array { writer in
                for (product, sales) in found.first { SalesFeed.value(of: product, sales).write(to: &writer) }
            }
        }
        return HTTPResponse(
            statusCode: .ok,
            headers: DashboardPage.headers(contentType: "application/json"),
            body: Data(writer.bytes)
        )
    }

    private struct NoSuchDay: Error {
        let parameter: String
    }

    /// The day that a parameter names; nil where it is left out.
    private static func day(_ name: String, of request: HTTPRequest) throws(NoSuchDay) -> Day? {
        guard let text = request.query[name], !text.isEmpty else { return nil }
        guard let day = Day(text) else { throw NoSuchDay(parameter: name) }
        return day
    }

    private static func refusal(_ status: Int, _ reason: String) -> HTTPResponse {
        let phrases = [
            400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
            503: "Service Unavailable",
        ]
        var headers = DashboardPage.headers(contentType: "text/plain; charset=utf-8")
        if status == 405 { headers[HTTPHeader("Allow")] = "GET" }
        if status == 401 { headers[HTTPHeader("WWW-Authenticate")] = "Bearer" }
        return HTTPResponse(
            statusCode: HTTPStatusCode(status, phrase: phrases[status] ?? ""),
            headers: headers,
            body: Data("\(reason)\n".utf8)
        )
    }
}
