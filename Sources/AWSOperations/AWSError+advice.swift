package import AWSClient

extension AWSError {
    /// Whether a service says that the credentials have ended, that it does not know them, or that they are wrong.
    ///
    /// JSON, query and S3 services each have codes of their own. A signature is refused for a wrong time, too: a session has
    /// then signed anew by the service's clock, so that what is left is a wrong secret key.
    package var isOfCredentials: Bool {
        switch self.code.rawValue {
        case "ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId",
            "InvalidAccessKeyId", "InvalidToken", "InvalidSignatureException", "SignatureDoesNotMatch",
            "IncompleteSignature", "IncompleteSignatureException":
            true
        default: false
        }
    }

    /// What to do next, for a failure that the command itself has no better advice for; nil where there is none.
    package var advice: String? {
        guard self.isOfCredentials else { return nil }
        return "the credentials have ended, or are not known or wrong: run the command again with valid ones "
            + "(aws sso login renews those of single sign-on)"
    }

    /// The error in words, with what to do next where that is known.
    package var advisedDescription: String { self.description + (self.advice.map { "; \($0)" } ?? "") }
}
