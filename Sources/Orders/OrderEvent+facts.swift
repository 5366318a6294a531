internal import JSONText

extension OrderEvent {
    /// What this order says, as bytes to be hashed: the same however a client serializes it again.
    ///
    /// Order id, `createdUtc`, currency, amount by value, and the products with their quantities in the order of their ids.
    /// The instant is cut to the second, since clients keep three, six or seven fraction digits of it. Not the user, the
    /// channel or the region, which change nothing that is counted, nor `OccurredUtc` and the arrival, which differ with
    /// every repetition. Texts have their length before them, so that no two orders have the same bytes.
    package var facts: [UInt8] {
        var facts: [UInt8] = []
        facts.reserveCapacity(64 + self.lines.count * 24)
        Self.append(self.orderID.text, to: &facts)
        Self.append(self.created?.seconds ?? .min, to: &facts)
        Self.append(self.currency.text, to: &facts)
        Self.append(self.amount.billionths, to: &facts)
        for line in self.lines.sorted(by: { $0.productID < $1.productID }) {
            Self.append(line.productID.text, to: &facts)
            Self.append(line.quantity, to: &facts)
        }
        return facts
    }

    private static func append(_ text: String, to facts: inout [UInt8]) {
        self.append(UInt32(text.utf8.count), to: &facts)
        text.withUTF8Bytes { facts.append(contentsOf: $0) }
    }

    private static func append(_ number: some FixedWidthInteger, to facts: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { facts.append(contentsOf: $0) }
    }
}
