package import AWSClient

extension AWSError {
    /// Whether a service says that the credentials have ended, or that it does not know them.
    ///
    /// JSON, query and S3 services each have codes of their own.
    var isOfCredentials: Bool {
        switch self.code.rawValue {
        case "ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId",
            "InvalidAccessKeyId", "InvalidToken":
            true
        default: false
        }
    }

    /// What to do next, for a failure that the command itself has no better advice for; nil where there is none.
    var advice: String? {
        guard self.isOfCredentials else { return nil }
        return "the credentials have ended or are not known: run the command again with valid ones "
            + "(aws sso login renews those of single sign-on)"
    }

    /// The error in words, with what to do next where that is known.
    package var advisedDescription: String { self.description + (self.advice.map { "; \($0)" } ?? "") }
}
