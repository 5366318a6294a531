internal import JSONText
package import Platform

/// What a client has posted: one order, or several.
package struct PostedOrders: Sendable {
    /// How several orders are written.
    package enum Form: Sendable {
        /// One JSON array.
        case array
        /// Each order on a line of its own (`application/x-ndjson`).
        case lines
    }

    /// Why a document, or one order of several, is not taken.
    package enum Fault: Error, Sendable, Equatable {
        /// Not one JSON text.
        case malformed(OrderOffence)
        /// JSON, but not what is to be posted.
        case invalid(OrderOffences)
        /// Too much for one order or one request.
        case tooLarge(String)
    }

    /// Bytes of one order: a record of Kinesis has 1 MiB, and a dead letter 256 KiB.
    package static let maximumOrderBytes = 256 * 1_024
    /// Orders of one request, as many as one `PutRecords` takes.
    package static let maximumOrders = 500
    /// Orders of one request with the same `OrderId`: to keep their order each is a request to the stream of its own, and an
    /// HTTP API waits 30 s at most.
    package static let maximumOrdersOfOneID = 100
    /// Bytes of one request; with them escaped and enveloped, Lambda's event of 6 MB is nearly full.
    package static let maximumBytes = 4 * 1_024 * 1_024

    /// Objects and arrays in one another, in one order: its event puts it one level deeper, and the functions behind the
    /// stream read as many as `JSONLimits.standard` has.
    package static let maximumDepth = JSONLimits.standard.depth - 1
    /// How deep a batch is read for where its orders end, bounded by the reader's stack; a deeper one is refused as a whole.
    private static let maximumBatchDepth = 1_024

    private let rules: InputRules
    private let now: UTCInstant

    /// `now` is when the request came.
    package init(rules: InputRules, now: UTCInstant) {
        self.rules = rules
        self.now = now
    }

    /// The one order that the document is.
    package func one(_ document: [UInt8]) throws(Fault) -> NewOrder {
        guard document.count <= Self.maximumOrderBytes else { throw .tooLarge(Self.orderTooLarge) }
        return try self.order(document[...], at: "").get()
    }

    /// Each of several orders, or what is wrong with it; pointers begin with the order's place, from 0.
    package func several(_ document: [UInt8], form: Form) throws(Fault) -> [Result<NewOrder, Fault>] {
        guard document.count <= Self.maximumBytes else {
            throw .tooLarge("a request has at most \(Self.maximumBytes) bytes; post fewer orders at once")
        }
        let orders =
            switch form {
            case .array: try self.elements(document)
            case .lines: try self.lines(document)
            }
        guard !orders.isEmpty else {
            throw .invalid(OrderOffences([OrderOffence(pointer: "", detail: "there is no order")]))
        }
        return Self.limitingOrdersOfOneID(orders)
    }

    /// Refuses what is too many of one id; those before stay.
    private static func limitingOrdersOfOneID(_ orders: [Result<NewOrder, Fault>]) -> [Result<NewOrder, Fault>] {
        guard orders.count > self.maximumOrdersOfOneID else { return orders }
        var counts: [OrderID: Int] = [:]
        return orders.enumerated().map { place, order in
            guard case .success(let posted) = order, let id = posted.orderID else { return order }
            counts[id, default: 0] += 1
            guard counts[id, default: 0] > self.maximumOrdersOfOneID else { return order }
            let detail =
                "a batch has at most \(self.maximumOrdersOfOneID) orders of one id; post the others in one behind it"
            return .failure(.invalid(OrderOffences([OrderOffence(pointer: "/\(place)/OrderId", detail: detail)])))
        }
    }

    private func elements(_ document: [UInt8]) throws(Fault) -> [Result<NewOrder, Fault>] {
        do {
            let limits = JSONLimits(depth: Self.maximumBatchDepth)
            return try JSONReader.read(withoutByteOrderMark: document, limits: limits) { reader in
                guard try reader.peek() == .array else {
                    try reader.skip()
                    let offence = OrderOffence(pointer: "", detail: "a batch is an array of orders")
                    throw Fault.invalid(OrderOffences([offence]))
                }
                var orders: [Result<NewOrder, Fault>] = []
                try reader.readArray { index, reader in
                    guard index < Self.maximumOrders else { throw Self.tooManyOrders }
                    orders.append(try self.element(index, &reader))
                }
                return orders
            }
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Self.fault(error, at: "", depth: Self.maximumBatchDepth)
        }
    }

    /// Each order is judged by the limits of an order, whatever stands around it.
    private func element(_ index: Int, _ reader: inout JSONReader) throws -> Result<NewOrder, Fault> {
        let element = try reader.skip()
        guard element.count <= Self.maximumOrderBytes else { return .failure(.tooLarge(Self.orderTooLarge)) }
        var order: [UInt8] = []
        reader.append(element, to: &order)
        return self.order(order, at: "/\(index)")
    }

    private func lines(_ document: [UInt8]) throws(Fault) -> [Result<NewOrder, Fault>] {
        var orders: [Result<NewOrder, Fault>] = []
        // Taken one by one: 4 MiB may be two million lines, of which only the first are read.
        var rest = document[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            rest = rest[line.endIndex...].dropFirst()
            guard !line.allSatisfy(\.isASCIIWhiteSpace) else { continue }
            guard orders.count < Self.maximumOrders else { throw Self.tooManyOrders }
            guard line.count <= Self.maximumOrderBytes else {
                orders.append(.failure(.tooLarge(Self.orderTooLarge)))
                continue
            }
            orders.append(self.order(line, at: "/\(orders.count)"))
        }
        return orders
    }

    private func order(_ document: some Collection<UInt8>, at place: String) -> Result<NewOrder, Fault> {
        do {
            let limits = JSONLimits(depth: Self.maximumDepth)
            return try JSONReader.read(withoutByteOrderMark: document, limits: limits) { reader in
                try NewOrder.read(&reader, at: place, rules: self.rules, now: self.now)
            }.mapError(Fault.invalid)
        } catch {
            return .failure(Self.fault(error, at: place, depth: Self.maximumDepth))
        }
    }

    /// What a reader's error says of the posted text, which was read `depth` levels deep.
    private static func fault(_ error: any Error, at place: String, depth: Int) -> Fault {
        guard let error = error as? JSONError else {
            return .malformed(OrderOffence(pointer: place, detail: "not readable"))
        }
        guard error.code == .tooLarge else {
            let detail = "not JSON: \(error.reason), at byte \(error.offset)"
            return .malformed(OrderOffence(pointer: place, detail: detail))
        }
        // The only other limit of a reader, its bytes, is above `maximumBytes`.
        let detail = "objects and arrays may be in one another to a depth of \(depth)"
        return .invalid(OrderOffences([OrderOffence(pointer: place, detail: detail)]))
    }

    private static var orderTooLarge: String { "an order has at most \(Self.maximumOrderBytes) bytes" }
    private static var tooManyOrders: Fault {
        .invalid(OrderOffences([OrderOffence(pointer: "", detail: "a batch has at most \(Self.maximumOrders) orders")]))
    }
}
