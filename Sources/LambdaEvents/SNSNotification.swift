import JSONText

/// The envelope that SNS puts around a message for a subscription without raw delivery.
enum SNSNotification {
    /// The message inside, or nil where the body is none: raw delivery, or no JSON at all.
    ///
    /// An envelope is an object whose `Type` is `Notification` and whose `Message` is a string.
    static func message(in body: [UInt8]) -> [UInt8]? {
        let found = try? JSONReader.read(body) { reader -> [UInt8]? in
            guard try reader.peek() == .object else {
                try reader.skip()
                return nil
            }
            var isNotification = false
            var message: [UInt8]?
            try reader.readObject { key, reader in
                switch key {
                case "Type": isNotification = try self.string(&reader) { $0 == "Notification" } ?? false
                case "Message": message = try self.string(&reader) { $0.utf8 }
                default: try reader.skip()
                }
            }
            return isNotification ? message : nil
        }
        return found.flatMap { $0 }
    }

    private static func string<Value>(_ reader: inout JSONReader, _ body: (JSONString) -> Value) throws -> Value? {
        guard try reader.peek() == .string else {
            try reader.skip()
            return nil
        }
        return body(try reader.readStringToken())
    }
}
