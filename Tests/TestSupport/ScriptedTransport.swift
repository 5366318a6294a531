package import AWSClient
package import Platform
internal import Synchronization

/// A transport that answers from a script, in order, and keeps what was asked.
package final class ScriptedTransport: HTTPTransport {
    /// What happens to one request.
    package enum Step: Sendable {
        case answer(HTTPResponse)
        case failure(HTTPTransportError)
        /// Lets time pass before the next step is taken for the same request: a slow service.
        case delay(Duration)
    }

    private struct State {
        var steps: [Step]
        var requests: [HTTPRequest] = []
        var deadlines: [UTCInstant?] = []
    }

    private let time: ManualTime?
    private let state: Mutex<State>

    package init(_ steps: [Step], time: ManualTime? = nil) {
        self.time = time
        self.state = Mutex(State(steps: steps))
    }

    /// Everything that was sent, signed as it went out.
    package var requests: [HTTPRequest] { self.state.withLock { $0.requests } }

    /// The deadline of each request.
    package var deadlines: [UTCInstant?] { self.state.withLock { $0.deadlines } }

    /// How many steps were not needed.
    package var remainingSteps: Int { self.state.withLock { $0.steps.count } }

    package func send(
        _ request: HTTPRequest,
        deadline: UTCInstant?
    ) async throws(HTTPTransportError) -> HTTPResponse {
        self.state.withLock { state in
            state.requests.append(request)
            state.deadlines.append(deadline)
        }
        while true {
            let step = self.state.withLock { $0.steps.isEmpty ? nil : $0.steps.removeFirst() }
            switch step {
            case .answer(let response): return response
            case .failure(let error): throw error
            case .delay(let duration):
                self.time?.advance(by: duration)
                if let deadline, let now = self.time?.now, deadline <= now {
                    throw HTTPTransportError(.timedOut, "the scripted service was too slow", wasSent: true)
                }
            case nil:
                throw HTTPTransportError(.misconfigured, "the script has no step for this request", wasSent: false)
            }
        }
    }
}

extension ScriptedTransport.Step {
    /// A JSON answer, with the checksum that DynamoDB sends.
    package static func json(_ status: Int = 200, _ text: String, headers: HTTPHeaders = [:]) -> Self {
        var headers = headers
        headers["Content-Type"] = "application/x-amz-json-1.0"
        headers["x-amzn-RequestId"] = "SCRIPTED"
        headers["x-amz-crc32"] = headers["x-amz-crc32"] ?? String(CRC32.checksum(Array(text.utf8)))
        return .answer(HTTPResponse(statusCode: status, headers: headers, body: Array(text.utf8)))
    }

    /// An XML answer.
    package static func xml(_ status: Int = 200, _ text: String, headers: HTTPHeaders = [:]) -> Self {
        .answer(HTTPResponse(statusCode: status, headers: headers, body: Array(text.utf8)))
    }
}
