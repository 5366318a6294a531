internal import JSONText

/// What an event's `Type` says.
enum EventType {
    /// The type of the events that are read here.
    static let orderCreated: StaticString = "OrderCreatedV1"

    /// Whether a type that is not `orderCreated` must not be skipped in silence, since it may be an order's: it differs
    /// in case, in blanks and other separators or in its version alone, or it is blank.
    static func mayBeOrderCreated(_ type: String) -> Bool {
        var letters = type.utf8.compactMap { byte -> UInt8? in
            let byte = byte.asciiLowercased
            return byte.isASCIIDigit || byte &- UInt8(ascii: "a") <= 25 || byte >= 0x80 ? byte : nil
        }
        if letters.isEmpty { return true }
        while letters.last?.isASCIIDigit == true { letters.removeLast() }
        let name = "ordercreated"
        return letters.elementsEqual(name.utf8) || letters.elementsEqual((name + "v").utf8)
            || letters.elementsEqual((name + "version").utf8) || letters.elementsEqual((name + "event").utf8)
            || letters.elementsEqual((name + "eventv").utf8)
    }
}
