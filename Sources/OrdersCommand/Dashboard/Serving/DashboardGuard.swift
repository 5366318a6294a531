/// Decides which requests the dashboard answers, without I/O.
///
/// Whose connection it is, the kernel tells (`ConnectionOwner`); the rest is in the request.
package struct DashboardGuard: Sendable {
    /// A request as far as it decides.
    package struct Request: Sendable {
        /// The request's method, as `GET`.
        package var method: String
        /// The request's path, without its query.
        package var path: String
        /// By lower-case names.
        package var headers: [String: String]

        /// A request of that method and path.
        package init(method: String, path: String, headers: [String: String]) {
            self.method = method
            self.path = path
            self.headers = headers
        }
    }

    /// What is served, each at a path of its own.
    package enum Resource: Sendable, Equatable {
        /// The page, which has nothing of the stack in it.
        case page
        case events
        case products
    }

    /// What becomes of a request.
    package enum Decision: Sendable, Equatable {
        case serve(Resource)
        case refuse(status: Int, reason: String)
    }

    private let port: UInt16
    private let token: DashboardToken

    /// A guard of the dashboard on that port, which `token` opens.
    package init(port: UInt16, token: DashboardToken) {
        self.port = port
        self.token = token
    }

    /// Whether the request is served, and with what.
    package func decide(_ request: Request) -> Decision {
        let host = request.headers["host"] ?? ""
        // With the port: a page of another server of this machine has another one.
        guard ["127.0.0.1:\(self.port)", "localhost:\(self.port)", "[::1]:\(self.port)"].contains(host.lowercased())
        else { return .refuse(status: 403, reason: "the Host header names another machine") }
        if let origin = request.headers["origin"], origin.lowercased() != "http://\(host.lowercased())" {
            return .refuse(status: 403, reason: "requests of other pages are not served")
        }
        guard request.method == "GET" else {
            return .refuse(status: 405, reason: "nothing can be changed here: GET only")
        }
        guard let resource = Self.resource(request.path) else {
            return .refuse(status: 404, reason: "there is no such page")
        }
        if let reason = Self.refusal(ofPage: request.headers, resource) { return .refuse(status: 403, reason: reason) }
        if resource != .page, !self.token.admits(authorization: request.headers["authorization"]) {
            return .refuse(status: 401, reason: "the address lacks its token: take the whole of it, from # on")
        }
        return .serve(resource)
    }

    private static func resource(_ path: String) -> Resource? {
        switch path {
        case "/": .page
        case "/events": .events
        case "/products": .products
        default: nil
        }
    }

    /// Browsers say by `Sec-Fetch-*` where a request comes from and what for; programs do not send it.
    private static func refusal(ofPage headers: [String: String], _ resource: Resource) -> String? {
        let sites = resource == .page ? ["none", "same-origin"] : ["same-origin"]
        let destination = resource == .page ? "document" : "empty"
        if let site = headers["sec-fetch-site"], !sites.contains(site) {
            return resource == .page
                ? "another page led here: open the address by itself" : "requests of other pages are not served"
        }
        if let found = headers["sec-fetch-dest"], found != destination {
            return "this is no \(found) of a page"
        }
        return nil
    }
}
