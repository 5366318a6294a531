import Foundation

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
