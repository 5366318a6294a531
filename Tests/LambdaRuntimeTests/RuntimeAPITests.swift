import LambdaRuntime
import Platform
import Testing

@Suite struct RuntimeAPITests {
    @Test(
        arguments: [
            ("127.0.0.1:9001", "127.0.0.1", 9001, "127.0.0.1:9001"), ("localhost:80", "localhost", 80, "localhost:80"),
            ("[::1]:9001", "::1", 9001, "[::1]:9001"), ("host", "host", 80, "host:80"),
            ("[::1]", "::1", 80, "[::1]:80"),
        ] as [(String, String, UInt16, String)]
    )
    func `reads an address`(text: String, host: String, port: UInt16, description: String) throws {
        let address = try #require(RuntimeAPIAddress(text))
        #expect(address == RuntimeAPIAddress(host: host, port: port))
        #expect(address.description == description)
    }

    @Test(arguments: [
        "", ":9001", "host:", "host:0", "host:70000", "host:x", "[::1", "http://host:1", "a b:1", "a\r\n:1",
    ])
    func `refuses what is no address`(text: String) {
        #expect(RuntimeAPIAddress(text) == nil)
    }

    @Test func `a missing address names the variable and the way out`() {
        #expect(throws: RuntimeAPIAddressError.missing) { try RuntimeAPIAddress(environment: [:]) }
        #expect(throws: RuntimeAPIAddressError.malformed) {
            try RuntimeAPIAddress(environment: ["AWS_LAMBDA_RUNTIME_API": "host:x"])
        }
        for error in [RuntimeAPIAddressError.missing, .malformed] {
            #expect(error.errorMessage.contains("AWS_LAMBDA_RUNTIME_API"))
            #expect(error.errorMessage.contains("scripts/invoke"))
        }
    }

    @Test func `a head cannot be broken by what it carries`() {
        var request = RuntimeAPIRequest(address: RuntimeAPIAddress(host: "h", port: 1))
        request.begin(.response(requestID: "a/../b c\r\nX: y?é"), bodyLength: 0)
        request.header("Lambda-Runtime-Invocation-Id", "1\r\nX: y")
        request.end()
        let lines = String(decoding: request.head, as: UTF8.self).split(separator: "\r\n")
        #expect(
            lines.first == "POST /2018-06-01/runtime/invocation/a%2F..%2Fb%20c%0D%0AX:%20y%3F%C3%A9/response HTTP/1.1"
        )
        #expect(lines.last == "Lambda-Runtime-Invocation-Id: 1X: y")
        #expect(lines.contains("Content-Length: 0"))
    }

    @Test func `a host may be given by name`() throws {
        let server = try ScriptedRuntimeAPI { api in
            let connection = try api.accept()
            let request = try connection.expect(ScriptedConnection.next)
            #expect(request.headers["host"] == "localhost:\(api.port)")
            connection.answer("200 OK")
        }
        let connection = RuntimeAPIConnection(address: RuntimeAPIAddress(host: "localhost", port: server.port))
        #expect(try connection.get(.next) == 200)
        try server.finish()
    }

    @Test func `a name that does not exist says so`() {
        let connection = RuntimeAPIConnection(address: RuntimeAPIAddress(host: "no-such-host.invalid", port: 1))
        let error = #expect(throws: ConnectionFailure.self) { try connection.get(.next) }
        #expect(error?.description.contains("no-such-host.invalid") == true)
    }
}
