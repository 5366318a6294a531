internal import JSONText

/// Who made a request to an HTTP API, as its route's authorizer found out.
package enum HTTPAPICaller: Sendable, Equatable {
    /// The route asks nobody who they are.
    case anyone
    /// Somebody who signed with AWS credentials.
    case iam(identity: String)
    /// Somebody with a token; without a subject it stands for its issuer's client.
    case token(issuer: String, subject: String)
    /// Somebody whom a Lambda authorizer names, and the member of its context that does.
    case lambda(member: String, name: String)

    /// What tells this caller from every other, and is the same in each of the caller's sessions.
    package var identity: String {
        switch self {
        case .anyone: "anyone"
        case .iam(let identity): "iam:" + identity
        // The length keeps an issuer and its subject apart, whatever characters they have.
        case .token(let issuer, let subject): "jwt:\(issuer.utf8.count):\(issuer):\(subject)"
        // No member's name has a colon.
        case .lambda(let member, let name): "lambda:\(member):\(name)"
        }
    }

    /// Reads `requestContext.authorizer`.
    init(_ reader: inout JSONReader) throws {
        self = .anyone
        guard try !reader.readNull() else { return }
        try reader.readObject { key, reader in
            switch key {
            case "iam": self = .iam(identity: try IAMFields(&reader).identity)
            case "jwt": self = try Self.token(&reader)
            case "lambda": self = try Self.lambda(&reader)
            default: try reader.skip()
            }
        }
    }

    /// Reads what a Lambda authorizer calls its context, whose members are the authorizer's own, and of any type.
    private static func lambda(_ reader: inout JSONReader) throws -> HTTPAPICaller {
        guard try reader.peek() == .object else {
            try reader.skip()
            return .anyone
        }
        var (principalID, subject) = ("", "")
        try reader.readObject { name, reader in
            switch name {
            case "principalId": principalID = try Self.text(&reader)
            case "sub": subject = try Self.text(&reader)
            default: try reader.skip()
            }
        }
        if !principalID.isEmpty { return .lambda(member: "principalId", name: principalID) }
        return subject.isEmpty ? .anyone : .lambda(member: "sub", name: subject)
    }

    /// A text; empty for anything else.
    private static func text(_ reader: inout JSONReader) throws -> String {
        guard try reader.peek() == .string else {
            try reader.skip()
            return ""
        }
        return try reader.readString()
    }

    private static func token(_ reader: inout JSONReader) throws -> HTTPAPICaller {
        var claims: [String: String] = [:]
        try reader.readObject { key, reader in
            guard key == "claims" else {
                try reader.skip()
                return
            }
            try reader.readObject { name, reader in
                // Of the claims only these are text for sure; API Gateway hands all of them over as text.
                switch name {
                case "iss", "sub", "client_id": claims[name.string] = try reader.readString()
                default: try reader.skip()
                }
            }
        }
        return .token(issuer: claims["iss"] ?? "", subject: claims["sub"] ?? claims["client_id"] ?? "")
    }
}

/// `requestContext.authorizer.iam`; what does not apply is null.
private struct IAMFields {
    private var userID: String?
    private var userARN: String?
    private var accountID: String?
    private var cognitoIdentityID: String?

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { key, reader in
            switch key {
            case "userId": self.userID = try Self.text(&reader)
            case "userArn": self.userARN = try Self.text(&reader)
            case "accountId": self.accountID = try Self.text(&reader)
            case "cognitoIdentity":
                guard try !reader.readNull() else { return }
                try reader.readObject { key, reader in
                    guard key == "identityId" else {
                        try reader.skip()
                        return
                    }
                    self.cognitoIdentityID = try Self.text(&reader)
                }
            default: try reader.skip()
            }
        }
    }

    /// The caller's unique id, without the name of a role's session.
    ///
    /// A role's is `AROA…:<session>`, and whoever assumes the role chooses the session's name anew. Everybody whom a
    /// Cognito identity pool lets in has one role, so there the pool's identity tells them apart. A federated user's is
    /// `<account>:<name>`, and the name is the user.
    var identity: String {
        if let cognitoIdentityID { return cognitoIdentityID }
        guard let userID else { return self.userARN ?? self.accountID ?? "unknown" }
        let isFederated = self.userARN?.utf8.split(separator: UInt8(ascii: ":")).last?.starts(
            with: "federated-user/".utf8
        )
        if isFederated == true { return userID }
        return String(decoding: userID.utf8.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
    }

    private static func text(_ reader: inout JSONReader) throws -> String? {
        guard try !reader.readNull() else { return nil }
        let text = try reader.readString()
        return text.isEmpty ? nil : text
    }
}
