package import JSONText

extension Order {
    /// Decodes a stream image, `{"orderId":{"S":"ORD-1001"},"amount":{"N":"1500"},…}`, that anyone may have written.
    ///
    /// Only a missing order id (or one that is no string) and an amount that is there but unreadable are failures;
    /// everything else that is missing or of another type is nil. `status` and `amount` stand before `orderStatus` and
    /// `orderAmount`. Throws a `JSONError` where the text is none.
    package static func read(image reader: inout JSONReader) throws -> Result<Order, OrderError> {
        _ = try reader.peek()
        let start = reader.offset
        let fields = try ImageFields(&reader)
        return Result { () throws(OrderError) in try fields.order() }.mapError { $0.counted(from: start) }
    }

    /// The status in a stream image, nil if there is none; an old image is read for nothing else.
    package static func status(ofImage bytes: ArraySlice<UInt8>) throws(OrderError) -> String? {
        do {
            return try JSONReader.read(bytes) { try RoutingFields(&$0).status }
        } catch let error as JSONError {
            throw OrderError(error)
        } catch {
            throw OrderError(.malformed, "the image cannot be read")
        }
    }
}

extension RoutedOrder {
    /// Decodes of a stream image only what decides where the order goes.
    ///
    /// The same failures as `Order.read(image:)`, with which a change in the normal processor costs 27.1 instead of 22.2
    /// thousand instructions.
    package static func read(image reader: inout JSONReader) throws -> Result<RoutedOrder, OrderError> {
        _ = try reader.peek()
        let start = reader.offset
        let fields = try RoutingFields(&reader)
        return Result { () throws(OrderError) in try fields.order() }.mapError { $0.counted(from: start) }
    }
}
