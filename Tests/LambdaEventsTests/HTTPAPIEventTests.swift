import Foundation
import LambdaEvents
import Testing

@Suite struct HTTPAPIEventTests {
    /// An event with what a test is about, the rest as short as API Gateway would never send it.
    private static func read(
        _ members: String = "",
        context: String = "",
        authorizer: String? = nil
    ) throws(EventError) -> HTTPAPIEvent {
        let authorizer = authorizer.map { #","authorizer":\#($0)"# } ?? ""
        let context = #""requestContext":{"http":{"method":"POST","path":"/x"}\#(context)\#(authorizer)}"#
        return try HTTPAPIEvent.read(Array(#"{"version":"2.0","rawPath":"/orders",\#(context)\#(members)}"#.utf8))
    }

    @Test func `a body of text comes as it is, and any other as base64`() throws {
        #expect(try Self.read(#","body":"{\"a\":\"é\"}","isBase64Encoded":false"#).body == Array(#"{"a":"é"}"#.utf8))
        #expect(try Self.read(#","body":"e30K","isBase64Encoded":true"#).body == Array("{}\n".utf8))
        #expect(try Self.read(#","body":null"#).body.isEmpty)
        #expect(try Self.read().body.isEmpty)
        let error = #expect(throws: EventError.self) { try Self.read(#","body":"e30","isBase64Encoded":true"#) }
        #expect(error?.code == .malformed)
    }

    @Test func `names of headers are compared in lower case`() throws {
        let event = try Self.read(#","headers":{"Content-Type":"application/json","x-a":"1,2"}"#)
        #expect(event.headers == ["content-type": "application/json", "x-a": "1,2"])
    }

    @Test(arguments: [
        (#","stage":"$default""#, "/orders"), (#","stage":"v1""#, "/orders"), ("", "/orders"),
        (#","stage":"orders""#, "/orders"),
    ])
    func `a path keeps what is not its stage`(context: String, path: String) throws {
        #expect(try Self.read(context: context).path == path)
    }

    @Test func `a stage's name is not of the path`() throws {
        let event = try HTTPAPIEvent.read(
            Array(
                #"{"version":"2.0","rawPath":"/v1/orders","requestContext":{"stage":"v1","http":{"method":"GET"}}}"#
                    .utf8
            )
        )
        #expect(event.path == "/orders")
        #expect(event.method == "GET")
    }

    @Test(arguments: [
        #"{"version":"1.0","httpMethod":"POST","path":"/orders","requestContext":{}}"#, #"{"Records":[]}"#,
        #"{"version":"2.0","requestContext":{}}"#, "[]",
    ])
    func `what is no request in format 2.0 is refused with advice`(event: String) {
        let error = #expect(throws: EventError.self) { try HTTPAPIEvent.read(Array(event.utf8)) }
        #expect(error?.code == .notAnEnvelope)
        #expect(error?.message.isEmpty == false)
    }

    // MARK: Who calls

    private static func identity(_ authorizer: String?) throws -> String {
        try Self.read(authorizer: authorizer).caller.identity
    }

    private static func iam(_ userID: String?, arn: String = "arn:aws:sts::1:assumed-role/R/s") -> String {
        let userID = userID.map { "\"\($0)\"" } ?? "null"
        return
            #"{"iam":{"accessKey":"A","accountId":"1","cognitoIdentity":null,"userArn":"\#(arn)","userId":\#(userID)}}"#
    }

    @Test func `a role is one caller in all its sessions, and no other role`() throws {
        let first = try Self.identity(Self.iam("AROA1:monday", arn: "arn:aws:sts::1:assumed-role/R/monday"))
        let second = try Self.identity(Self.iam("AROA1:tuesday", arn: "arn:aws:sts::1:assumed-role/R/tuesday"))
        #expect(first == second)
        #expect(try Self.identity(Self.iam("AROA2:monday")) != first)
        #expect(try Self.identity(Self.iam("AIDA1", arn: "arn:aws:iam::1:user/U")) != first)
    }

    @Test func `federated users, and identities of one Cognito pool, are told apart`() throws {
        let alice = Self.iam("1:alice", arn: "arn:aws:sts::1:federated-user/alice")
        let bob = Self.iam("1:bob", arn: "arn:aws:sts::1:federated-user/bob")
        #expect(try Self.identity(alice) != Self.identity(bob))
        func cognito(_ id: String, _ session: String) -> String {
            #"{"iam":{"userId":"AROA1:\#(session)","cognitoIdentity":{"amr":[],"identityId":"\#(id)","identityPoolId":"p"}}}"#
        }
        #expect(try Self.identity(cognito("eu:1", "s")) == Self.identity(cognito("eu:1", "t")))
        #expect(try Self.identity(cognito("eu:1", "s")) != Self.identity(cognito("eu:2", "s")))
    }

    @Test func `a token's caller is its issuer and subject, whatever else it claims`() throws {
        func token(_ issuer: String, _ subject: String, expiry: String = "1") -> String {
            #"{"jwt":{"claims":{"exp":"\#(expiry)","iss":"\#(issuer)","sub":"\#(subject)"},"scopes":null}}"#
        }
        #expect(try Self.identity(token("i", "s")) == Self.identity(token("i", "s", expiry: "2")))
        #expect(try Self.identity(token("i", "s")) != Self.identity(token("i", "t")))
        #expect(try Self.identity(token("i", "s")) != Self.identity(token("j", "s")))
        #expect(try Self.identity(token("i:1", "s")) != Self.identity(token("i", "1:s")))
        let machine = #"{"jwt":{"claims":{"iss":"i","client_id":"c"}}}"#
        #expect(try Self.identity(machine) == Self.identity(token("i", "c")))
    }

    @Test func `a Lambda authorizer's callers are told apart by principalId, else by sub`() throws {
        func lambda(_ context: String) throws -> String { try Self.identity(#"{"lambda":\#(context)}"#) }
        let alice = try lambda(#"{"principalId":"alice","sub":"s","plan":{"a":[1]}}"#)
        #expect(try lambda(#"{"sub":"t","principalId":"alice"}"#) == alice)
        #expect(try lambda(#"{"principalId":"bob"}"#) != alice)
        let subject = try lambda(#"{"sub":"alice","principalId":""}"#)
        #expect(try lambda(#"{"sub":"alice","principalId":17}"#) == subject)
        #expect(try lambda(#"{"sub":"bob"}"#) != subject)
        // No other way to say who calls makes the same caller.
        let token = #"{"jwt":{"claims":{"iss":"","sub":"alice"}}}"#
        let others = [alice, try Self.identity(Self.iam("alice")), try Self.identity(token), try Self.identity(nil)]
        #expect(!others.contains(subject) && Set(others).count == others.count)
    }

    @Test(arguments: ["null", "{}", "[]", #"{"principalId":17,"sub":null}"#, #"{"principalId":"","sub":""}"#])
    func `a Lambda authorizer that names nobody lets everybody in as one caller`(context: String) throws {
        #expect(try Self.read(authorizer: #"{"lambda":\#(context)}"#).caller == .anyone)
    }

    @Test func `without an authorizer everybody is one caller`() throws {
        #expect(try Self.read().caller == .anyone)
        #expect(try Self.identity("null") == Self.identity(nil))
        #expect(try Self.identity(Self.iam(nil)) != Self.identity(nil))
    }

    // MARK: Answers

    @Test func `an answer has status, headers and body`() throws {
        let response = HTTPAPIResponse(
            status: 202,
            headers: [("content-type", "application/json")],
            body: Array(#"{"a":"é"}"#.utf8)
        )
        let json = try JSONSerialization.jsonObject(with: Data(response.json)) as? [String: Any]
        #expect(json?["statusCode"] as? Int == 202)
        #expect(json?["headers"] as? [String: String] == ["content-type": "application/json"])
        #expect(json?["body"] as? String == #"{"a":"é"}"#)
    }
}
