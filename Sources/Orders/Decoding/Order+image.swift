internal import JSONText

extension Order {
    /// Decodes a stream image, `{"orderId":{"S":"ORD-1001"},"amount":{"N":"1500"},…}`, that anyone may have written.
    ///
    /// Only a missing order id (or one that is no string) and an amount that is there but unreadable are failures;
    /// everything else that is missing or of another type is nil. `status` and `amount` stand before `orderStatus` and
    /// `orderAmount`.
    package init(image bytes: ArraySlice<UInt8>) throws(OrderError) {
        self = try StreamImage.decode(bytes) { reader in
            let fields = try ImageFields(&reader)
            return try fields.order()
        }
    }

    /// The status in a stream image, nil if there is none; an old image is read for nothing else.
    package static func status(ofImage bytes: ArraySlice<UInt8>) throws(OrderError) -> String? {
        try StreamImage.decode(bytes) { reader in
            let fields = try RoutingFields(&reader)
            return fields.status
        }
    }
}

extension RoutedOrder {
    /// Decodes of a stream image only what decides where the order goes.
    ///
    /// The same failures as `Order.init(image:)`. With a Pipe's filters in front most orders are decided, and one in many
    /// then needs the rest; 13.1 against 8.9 thousand instructions a change.
    package init(image bytes: ArraySlice<UInt8>) throws(OrderError) {
        self = try StreamImage.decode(bytes) { reader in
            let fields = try RoutingFields(&reader)
            return try fields.order()
        }
    }
}

/// The text of a stream image, with every error turned into one of the order.
private enum StreamImage {
    static func decode<Value>(
        _ bytes: ArraySlice<UInt8>,
        _ body: (inout JSONReader) throws -> Value
    ) throws(OrderError) -> Value {
        do {
            return try JSONReader.read(bytes, body)
        } catch let error as OrderError {
            throw error
        } catch let error as JSONError {
            throw OrderError(error)
        } catch {
            throw OrderError(.malformed, "the image cannot be read")
        }
    }
}
