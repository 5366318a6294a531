package import AWSOperations
package import EventPatterns
internal import Platform

// What the stack shares with others: the account's limits, and the keys.

/// A key of the customer's that a stack uses, by the parameter that names it.
package enum StackKey: String, CaseIterable, Sendable {
    /// What everything is encrypted with.
    case present = "KmsKeyArn"
    /// What was `KmsKeyArn` before: stream and queues may still hold what it encrypted.
    case former = "FormerKmsKeyArn"
}

extension Judgement {
    /// The share of a limit from which on it is called near.
    private static let nearPercent = 80

    /// Invocations at a time: how many the pipeline may want, how many ran at most in a day, and how many may run.
    /// - Parameters:
    ///   - wanted: how many the pipeline has at a time if each of its readers is busy.
    ///   - requests: how many of those the API lets through at once; 0 where a stack has no API.
    ///   - peak: the most that ran at a time, nil where that is not measured.
    package static func concurrency(
        _ settings: LambdaAccountSettings,
        wanted: Int,
        requests: Int,
        peak: Int?
    ) -> Finding {
        let subject = "Lambda's concurrency"
        let limit = settings.unreservedConcurrentExecutions
        let used = peak.map { ", at most \($0) within a day" } ?? ""
        let forRequests = requests > 0 ? ", \(requests) of them ApiBurst" : ""
        let state = "\(limit) invocations at a time, \(wanted) for this pipeline\(forRequests)\(used)"
        let isNear = peak.map { Self.isNear($0, settings.concurrentExecutions) } ?? false
        guard limit < wanted || isNear else { return .well(subject, state) }
        return .ill(
            subject,
            state,
            "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 "
                + "--desired-value \(max(1_000, 2 * settings.concurrentExecutions))"
        )
    }

    /// Bytes of code, of which each deployment adds some until old versions are deleted.
    package static func codeStorage(_ settings: LambdaAccountSettings) -> Finding {
        let subject = "Lambda's code storage"
        let megabytes = { (bytes: Int64) in "\(bytes / 1_048_576) MB" }
        let state = "\(megabytes(settings.codeSize)) of \(megabytes(settings.maximumCodeSize))"
        guard Self.isNear(Int(settings.codeSize), Int(settings.maximumCodeSize)) else { return .well(subject, state) }
        return .ill(subject, state, "delete versions of functions that nobody uses")
    }

    /// Shards, and streams on demand.
    package static func kinesis(_ limits: KinesisLimits) -> Finding {
        let subject = "Kinesis's limits"
        let state =
            "\(limits.openShards) of \(limits.shardLimit.counting("shard")), "
            + "\(limits.onDemandStreams) of \(limits.onDemandStreamLimit.counting("stream")) on demand"
        guard
            Self.isNear(limits.openShards, limits.shardLimit)
                || Self.isNear(limits.onDemandStreams, limits.onDemandStreamLimit)
        else { return .well(subject, state) }
        return .ill(subject, state, "ask for more: aws service-quotas list-service-quotas --service-code kinesis")
    }

    private static func isNear(_ used: Int, _ limit: Int) -> Bool {
        limit > 0 && used.multipliedReportingOverflow(by: 100).partialValue / Self.nearPercent >= limit
    }

    /// A customer's key: its state, and whether its policy lets in whom docs/security.md names.
    ///
    /// What functions and Pipes need is in their roles, which count where the key's policy says so; a service that
    /// uses the key in its own name has only the policy. By a former key functions and Pipes read, and that is all.
    package static func key(
        _ key: StackKey,
        state: String,
        policy: JSONValue,
        region: String,
        account: String
    ) -> Finding {
        let (subject, policy) = (key.rawValue, KeyPolicy(policy))
        guard state == "Enabled" else {
            let loss = key == .present ? "nothing can be read or written" : "nothing that it encrypted can be read"
            return .ill(subject, state, "\(loss): aws kms enable-key, or cancel-key-deletion")
        }
        guard policy.letsIn(account: account, to: key == .present ? KeyPolicy.use : KeyPolicy.read) else {
            return .ill(
                subject,
                "its policy does not let IAM policies of the account count, by which functions and Pipes use it",
                "docs/security.md, A key of your own, has the statements that it needs"
            )
        }
        guard key == .present else { return .well(subject, "enabled, and its policy lets functions and Pipes read") }
        let missing = ["sns.amazonaws.com", "cloudwatch.amazonaws.com", "logs.\(region).amazonaws.com"].filter {
            !policy.letsIn($0)
        }
        guard missing.isEmpty else {
            return .ill(
                subject,
                "its policy does not let in \(missing.joined(separator: ", "))",
                "docs/security.md, A key of your own, has the statements that it needs"
            )
        }
        return .well(subject, "enabled, and its policy lets in SNS, CloudWatch and its logs")
    }
}

/// The statements of a key's policy.
private struct KeyPolicy {
    /// What it takes to write and to read something encrypted.
    static let use = ["kms:Decrypt", "kms:GenerateDataKey"]
    /// What it takes to read it.
    static let read = ["kms:Decrypt"]

    private let statements: [JSONObject]

    init(_ document: JSONValue) {
        guard case .object(let members) = document else {
            self.statements = []
            return
        }
        self.statements = Self.list(members["Statement"]).compactMap { value in
            if case .object(let statement) = value { statement } else { nil }
        }
    }

    /// Whether the service may use the key, its conditions left aside; a Deny of it counts.
    func letsIn(_ service: String) -> Bool {
        Self.lets(self.statements.filter { Self.names($0["Principal"], service) }, Self.use)
    }

    /// Whether the account's roles may do that with the key.
    ///
    /// By IAM policies, as the statement for its root user or for everybody says, or since the policy names roles. Which of them is
    /// not looked at, nor are conditions, but for what others do with it.
    func letsIn(account: String, to actions: [String]) -> Bool {
        Self.lets(
            self.statements.filter { statement in
                guard case .object(let kinds)? = statement["Principal"] else { return Self.isOfEverybody(statement) }
                return Self.texts(kinds["AWS"]).contains {
                    $0 == account || $0.hasSuffix(":iam::\(account):root") || $0.contains(":iam::\(account):role/")
                        || $0 == "*" && !Self.isByService(statement)
                }
            },
            actions
        )
    }

    private static func isOfEverybody(_ statement: JSONObject) -> Bool {
        self.texts(statement["Principal"]) == ["*"] && !self.isByService(statement)
    }

    /// Whether a statement is about what a service does for its callers: tables that encrypt themselves.
    private static func isByService(_ statement: JSONObject) -> Bool {
        guard case .object(let operators)? = statement["Condition"] else { return false }
        return operators.members.contains { operation in
            guard case .object(let keys) = operation.value else { return false }
            return keys["kms:ViaService"] != nil
        }
    }

    private static func lets(_ statements: [JSONObject], _ actions: [String]) -> Bool {
        actions.allSatisfy { action in
            let about = statements.filter { Self.texts($0["Action"]).contains { Self.covers($0, action) } }
            let hasDenial = about.contains { Self.texts($0["Effect"]) == ["Deny"] && $0["Condition"] == nil }
            return !hasDenial && about.contains { Self.texts($0["Effect"]) == ["Allow"] }
        }
    }

    private static func names(_ principal: JSONValue?, _ service: String) -> Bool {
        switch principal {
        case .string("*"): true
        case .object(let kinds): Self.texts(kinds["Service"]).contains { $0 == service }
        default: false
        }
    }

    /// IAM's patterns with a star at the end, which all that AWS documents for keys have.
    private static func covers(_ pattern: String, _ action: String) -> Bool {
        let (pattern, action) = (pattern.lowercased(), action.lowercased())
        return pattern.hasSuffix("*") ? action.hasPrefix(pattern.dropLast()) : pattern == action
    }

    private static func texts(_ value: JSONValue?) -> [String] {
        Self.list(value).compactMap { if case .string(let text) = $0 { text } else { nil } }
    }

    private static func list(_ value: JSONValue?) -> [JSONValue] {
        switch value {
        case nil: []
        case .array(let elements)?: elements
        case let single?: [single]
        }
    }
}
