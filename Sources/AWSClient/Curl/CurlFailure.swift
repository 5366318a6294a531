internal import CCurl
internal import COpenSSL

/// Says in our terms what libcurl's code means.
struct CurlFailure {
    let code: CURLcode
    /// libcurl's own words; names of hosts and certificates, nothing of the request.
    let text: String
    let host: String
    let wasSent: Bool
    /// Set if one of our callbacks stopped the transfer.
    let refusal: HTTPTransportError.Code?
    /// Whether a handshake that failed did so because the server was not believed.
    let refusesServer: Bool

    var error: HTTPTransportError {
        let reason =
            self.text.isEmpty ? String(cString: curl_easy_strerror(self.code)) : OpenSSLErrorText.wording(self.text)
        let kind = self.kind
        return HTTPTransportError(kind, "\(self.host): \(self.advice(kind))\(reason)", wasSent: self.wasSent)
    }

    private var kind: HTTPTransportError.Code {
        if let refusal { return refusal }
        switch self.code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: return .hostNotFound
        case CURLE_COULDNT_CONNECT: return .connectionFailed
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_CONNECT_ERROR:
            return self.refusesServer ? .untrustedServer : .connectionFailed
        case CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT,
            CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT, CURLE_NOT_BUILT_IN:
            return .misconfigured
        case CURLE_OPERATION_TIMEDOUT: return self.wasSent ? .timedOut : .connectionFailed
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING:
            return .malformedResponse
        default: return self.wasSent ? .connectionLost : .connectionFailed
        }
    }

    private func advice(_ kind: HTTPTransportError.Code) -> String {
        switch kind {
        case .untrustedServer: "the server was not trusted (its own issuer goes into AWS_CA_BUNDLE): "
        case .misconfigured: "the request could not be set up (check AWS_CA_BUNDLE and the endpoint's URL): "
        case .responseTooLarge: "the answer is larger than is read into memory: "
        case .hostNotFound: "the host was not found (check AWS_REGION and the endpoint's URL): "
        case .connectionFailed where self.code == CURLE_SSL_CONNECT_ERROR: "no connection, TLS was not agreed on: "
        case .connectionFailed: "no connection: "
        case .connectionLost: "the connection was lost before the answer was complete: "
        case .timedOut: "no answer in time: "
        case .malformedResponse: "what came back is not an HTTP answer: "
        case .cancelled: ""
        }
    }
}

/// OpenSSL's words for its errors, which libcurl writes down as numbers while `OpenSSLSetup` has not loaded them.
package enum OpenSSLErrorText {
    /// `text` with words where it has `0A000410:lib(20)::reason(1040)`, or `8000000D:lib(2)::Permission denied`; without
    /// such a place, `text` itself.
    package static func wording(_ text: String) -> String {
        guard let library = text.firstOccurrence(of: ":lib("),
            let code = UInt(text[..<library.lowerBound].suffix(8), radix: 16),
            let libraryEnd = text.utf8[library.upperBound...].firstIndex(of: UInt8(ascii: ")"))
        else { return text }
        OpenSSLSetup.ensureErrorTexts()
        guard let name = ERR_lib_error_string(code) else { return text }
        let head = text[..<library.lowerBound] + ":" + String(cString: name)
        let rest = text[text.utf8.index(after: libraryEnd)...]
        guard rest.hasPrefix("::reason("), let reason = ERR_reason_error_string(code),
            let reasonEnd = rest.utf8.firstIndex(of: UInt8(ascii: ")"))
        else { return head + rest }
        return head + "::" + String(cString: reason) + rest[rest.utf8.index(after: reasonEnd)...]
    }
}
