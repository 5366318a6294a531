import AWSClient
import Glibc
import Platform
import Synchronization

/// Takes each request, signed and complete, and answers at once that all went well.
///
/// What it executes is counted with the handlers' own: so answers are made once, and a body is not read byte by byte.
final class CannedTransport: HTTPTransport {
    private let count = Atomic<Int>(0)
    /// Gets each object that is put, with the path of its request.
    private let keep: @Sendable (_ path: String, _ body: [UInt8]) -> Void

    init(keep: @escaping @Sendable (_ path: String, _ body: [UInt8]) -> Void = { _, _ in }) {
        self.keep = keep
    }

    /// Requests so far.
    var requests: Int { self.count.load(ordering: .relaxed) }

    /// Takes the one record that there is.
    private static let stored = Array(
        """
        {"FailedRecordCount":0,"Records":[{"SequenceNumber":"49545115243490985018280067714973144582180062\
        593244200961","ShardId":"shardId-000000000006"}]}
        """.utf8
    )

    /// Takes ten entries of a batch, which is the most.
    private static let published: [UInt8] = {
        let taken = (0..<10)
            .map { "<member><Id>\($0)</Id><MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId></member>" }
            .joined()
        return Array(
            """
            <PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Failed/>\
            <Successful>\(taken)</Successful></PublishBatchResult><ResponseMetadata>\
            <RequestId>d74b8436-ae13-5ab4-a9ff-ce54dfea72a0</RequestId></ResponseMetadata></PublishBatchResponse>
            """.utf8
        )
    }()

    /// Answers by the number of statements, each of which went well.
    private static let outcomes = (0...25).map { count in
        Array("{\"Responses\":[\(Array(repeating: "{}", count: count).joined(separator: ","))]}".utf8)
    }

    /// How many statements a batch has, by their lists of parameters; no item of the benchmarks has this text.
    ///
    /// A batch has one bracket more than it has statements, so that nearly all of it is passed over by `memchr`.
    private static func statements(of body: [UInt8]) -> Int {
        let list: StaticString = "\"Parameters\":["
        let length = list.utf8CodeUnitCount
        return body.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            var count = 0
            var place = 0
            while let found = memchr(start + place, Int32(UInt8(ascii: "[")), bytes.count - place) {
                place = UnsafeRawPointer(found) - start + 1
                if place >= length, memcmp(start + place - length, list.utf8Start, length) == 0 { count += 1 }
            }
            return count
        }
    }

    func send(_ request: HTTPRequest, deadline: UTCInstant?) async throws(HTTPTransportError) -> HTTPResponse {
        self.count.wrappingAdd(1, ordering: .relaxed)
        if request.method == .put {
            self.keep(request.path, request.body)
            return HTTPResponse(statusCode: 200, headers: ["ETag": "\"9bb58f26192e4ba00f01e2e7b136bbd8\""])
        }
        if request.headers["X-Amz-Target"] == "Kinesis_20131202.PutRecords" {
            return HTTPResponse(
                statusCode: 200,
                headers: ["Content-Type": "application/x-amz-json-1.1"],
                body: Self.stored
            )
        }
        if request.headers["X-Amz-Target"] == "DynamoDB_20120810.BatchExecuteStatement" {
            return HTTPResponse(
                statusCode: 200,
                headers: ["Content-Type": "application/x-amz-json-1.0"],
                body: Self.outcomes[Self.statements(of: request.body)]
            )
        }
        if request.headers["X-Amz-Target"] != nil {
            // The empty object is right for every write, and for reading an item that is not there.
            return HTTPResponse(
                statusCode: 200,
                headers: ["Content-Type": "application/x-amz-json-1.0", "x-amz-crc32": "2745614147"],
                body: [UInt8(ascii: "{"), UInt8(ascii: "}")]
            )
        }
        return HTTPResponse(
            statusCode: 200,
            headers: ["Content-Type": "text/xml"],
            body: Self.published
        )
    }
}
