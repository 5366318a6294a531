package import Orders

/// An accepted order of the archive, of which the Orders table should have a row.
package struct PlacedOrder: Sendable, Equatable {
    /// The order's id.
    package let id: OrderID
    /// Where its line is.
    package let place: LinePlace
    /// A hash of the record's place in the stream: that of another line where an object begins inside another one.
    let record: UInt64

    /// The orders in their order of reading, each by the first line of its record.
    package static func once(_ orders: [PlacedOrder]) -> [PlacedOrder] {
        var records: Set<UInt64> = []
        return orders.sorted { $0.place < $1.place }.filter { records.insert($0.record).inserted }
    }
}
