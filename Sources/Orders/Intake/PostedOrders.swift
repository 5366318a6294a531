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
    /// Bytes of one request; with them escaped and enveloped, Lambda's event of 6 MB is nearly full.
    package static let maximumBytes = 4 * 1_024 * 1_024

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
        return orders
    }

    private func elements(_ document: [UInt8]) throws(Fault) -> [Result<NewOrder, Fault>] {
        do {
            return try JSONReader.read(withoutByteOrderMark: document) { reader in
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
            throw .malformed(Self.malformed(error, at: ""))
        }
    }

    private func element(_ index: Int, _ reader: inout JSONReader) throws -> Result<NewOrder, Fault> {
        let start = reader.position
        let size = try reader.skip().count
        guard size <= Self.maximumOrderBytes else { return .failure(.tooLarge(Self.orderTooLarge)) }
        reader.rewind(to: start)
        return try NewOrder.read(&reader, at: "/\(index)", rules: self.rules, now: self.now).mapError(Fault.invalid)
    }

    private func lines(_ document: [UInt8]) throws(Fault) -> [Result<NewOrder, Fault>] {
        var orders: [Result<NewOrder, Fault>] = []
        for line in document.split(separator: UInt8(ascii: "\n")) where !line.allSatisfy(\.isASCIIWhiteSpace) {
            guard orders.count < Self.maximumOrders else { throw Self.tooManyOrders }
            guard line.count <= Self.maximumOrderBytes else {
                orders.append(.failure(.tooLarge(Self.orderTooLarge)))
                continue
            }
            orders.append(self.order(line, at: "/\(orders.count)"))
        }
        return orders
    }

    private func order(_ document: ArraySlice<UInt8>, at place: String) -> Result<NewOrder, Fault> {
        do {
            return try JSONReader.read(withoutByteOrderMark: document) { reader in
                try NewOrder.read(&reader, at: place, rules: self.rules, now: self.now)
            }.mapError(Fault.invalid)
        } catch {
            return .failure(.malformed(Self.malformed(error, at: place)))
        }
    }

    private static func malformed(_ error: any Error, at place: String) -> OrderOffence {
        guard let error = error as? JSONError else { return OrderOffence(pointer: place, detail: "not readable") }
        return OrderOffence(pointer: place, detail: "not JSON: \(error.reason), at byte \(error.offset)")
    }

    private static var orderTooLarge: String { "an order has at most \(Self.maximumOrderBytes) bytes" }
    private static var tooManyOrders: Fault {
        .invalid(OrderOffences([OrderOffence(pointer: "", detail: "a batch has at most \(Self.maximumOrders) orders")]))
    }
}
