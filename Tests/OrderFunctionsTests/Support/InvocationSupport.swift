import Foundation
import LambdaRuntime
import Platform
import Synchronization

/// What a handler logs, as Lambda would see it.
final class CapturedLog: Sendable {
    private let output: LogOutput
    private let content: Content

    private final class Content: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    init() {
        let content = Content()
        self.content = content
        self.output = LogOutput(configuration: LogConfiguration(level: .debug)) { lines in
            content.bytes.withLock { $0.append(contentsOf: lines) }
        }
    }

    /// The context of an invocation that logs here.
    func context(deadline: UTCInstant? = nil, coldStart: Bool = false) -> InvocationContext {
        InvocationContext(
            requestID: "request",
            deadline: deadline,
            coldStart: coldStart,
            logger: Logger(output: self.output, requestID: "request", traceID: nil, coldStart: coldStart)
        )
    }

    /// All lines so far.
    var text: String {
        self.output.flush()
        return self.content.bytes.withLock { String(decoding: $0, as: UTF8.self) }
    }
}

/// A handler's answer, read by a JSON decoder that is not ours.
struct Answer: Decodable, Equatable {
    struct Failure: Decodable, Equatable {
        let itemIdentifier: String
    }

    let batchItemFailures: [Failure]
    let statusCode: Int?
    let premiumOrdersProcessed: [String]?

    init(_ bytes: [UInt8]) throws {
        self = try JSONDecoder().decode(Answer.self, from: Data(bytes))
    }

    var failed: [String] { self.batchItemFailures.map(\.itemIdentifier) }
}

/// A sample event of `events/`.
func sampleEvent(_ name: String) throws -> [UInt8] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    return Array(try Data(contentsOf: root.appending(path: "events/\(name).json")))
}
