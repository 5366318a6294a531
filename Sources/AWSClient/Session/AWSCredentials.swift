/// What requests are signed with.
///
/// Its description shows none of it, so that it cannot reach a log by accident.
package struct AWSCredentials: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    package let accessKeyID: String
    package let secretAccessKey: String
    /// Set for temporary credentials, which every Lambda function has.
    package let sessionToken: String?

    package init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }

    package var description: String { "AWSCredentials(hidden)" }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
