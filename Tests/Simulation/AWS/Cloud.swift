package import AWSClient

/// The services of one account, which answer requests as they come over the wire.
///
/// Nothing in it waits, draws or fails by itself: time and faults are the simulation's.
package struct Cloud {
    package var dynamoDB: SimulatedDynamoDB
    package var s3 = SimulatedS3()
    package var sqs: SimulatedSQS
    package var sns: SimulatedSNS
    package var kinesis = SimulatedKinesis()

    /// An account with those tables, queues by their URLs, and topics by their ARNs.
    package init(tables: [DynamoDBTable], queues: [String], topics: [String], cache: ExpressionCache) {
        self.sqs = SimulatedSQS(queues: queues)
        self.sns = SimulatedSNS(topics: topics)
        self.dynamoDB = SimulatedDynamoDB(tables: tables, cache: cache)
    }

    /// The answer to a request that arrives at `now`, in nanoseconds of the run.
    package mutating func answer(_ call: ServiceCall, at now: Int64) -> HTTPResponse {
        do {
            switch call.service {
            case .dynamoDB:
                return WireForm.success(
                    try self.dynamoDB.perform(call.operation, call.request.body, at: now)
                )
            case .kinesis:
                return WireForm.success(try self.kinesis.perform(call.operation, call.request.body, at: now))
            case .sqs: return WireForm.success(try self.sqs.perform(call.operation, call.request.body, at: now))
            case .sns:
                let body = try self.sns.perform(call.request.body)
                return HTTPResponse(statusCode: 200, headers: ["Content-Type": "text/xml"], body: body)
            case .s3: return try self.s3.perform(call.request, call.bucket, call.key)
            }
        } catch let error as ServiceError {
            return call.form.answer(error)
        } catch {
            return call.form.answer(ServiceError(400, "SerializationException", "\(error)"))
        }
    }
}

extension Cloud {
    /// Writes an order as others write them: as a whole, without a condition, an amount in an attribute of their own.
    package mutating func putOrder(_ id: String, status: String, amount: AttributeValueText, at now: Int64) {
        let value: AttributeValue =
            switch amount {
            case .number(let digits): .n(digits)
            case .text(let text): .s(text)
            }
        do {
            try self.dynamoDB.put("Orders", ["orderId": .s(id), "status": .s(status), "amount": value], at: now)
        } catch {
            preconditionFailure("the item has a key and is small: \(error)")
        }
    }
}

/// A value as others write it.
package enum AttributeValueText: Sendable {
    case number(String)
    case text(String)
}

/// A request, with what of it says where it goes.
package struct ServiceCall: Sendable {
    package enum Service: String, Sendable { case dynamoDB, kinesis, sqs, sns, s3 }

    package let request: HTTPRequest
    package let service: Service
    /// `UpdateItem`, `PutRecords`, `SendMessage`, `PublishBatch`, `PUT`.
    package let operation: String
    /// Of S3's requests, else empty.
    let bucket: String
    let key: String
    package let form: WireForm

    /// Reads a request's head; nil for a service that is not simulated.
    package init?(_ request: HTTPRequest) {
        self.request = request
        let host = request.endpoint.host.utf8
        let service = host.prefix { $0 != UInt8(ascii: ".") }
        if let target = request.headers["X-Amz-Target"] {
            let name = target.utf8.drop { $0 != UInt8(ascii: ".") }.dropFirst()
            self.operation = String(Substring(name))
            if service.elementsEqual("dynamodb".utf8) {
                self.service = .dynamoDB
                self.form = .json(prefix: "com.amazonaws.dynamodb.v20120810#")
            } else if service.elementsEqual("sqs".utf8) {
                self.service = .sqs
                self.form = .json(prefix: "com.amazonaws.sqs#")
            } else if service.elementsEqual("kinesis".utf8) {
                self.service = .kinesis
                self.form = .json(prefix: "")
            } else {
                return nil
            }
            (self.bucket, self.key) = ("", "")
        } else if service.elementsEqual("sns".utf8) {
            self.service = .sns
            self.operation = "PublishBatch"
            self.form = .query
            (self.bucket, self.key) = ("", "")
        } else if host.dropFirst(service.count).starts(with: ".s3.".utf8) {
            self.service = .s3
            self.operation = request.method.rawValue
            self.form = .rest(hasBody: request.method != .head)
            self.bucket = String(Substring(service))
            self.key = Self.decoded(request.path.dropFirst())
        } else {
            return nil
        }
    }

    private static func decoded(_ path: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = path.utf8
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The table of a write or read, as far as the request's body begins to say; for S3 and the queues nothing.
    package var tableHint: String {
        // `"TableName":"…"` stands first in the requests of the pipeline.
        guard self.service == .dynamoDB else { return "" }
        let start = "{\"TableName\":\"".utf8
        guard self.request.body.starts(with: start) else { return "" }
        return String(
            decoding: self.request.body.dropFirst(start.count).prefix { $0 != UInt8(ascii: "\"") },
            as: UTF8.self
        )
    }
}
