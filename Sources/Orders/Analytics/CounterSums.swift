/// The deltas of many orders, summed per row in memory, so that each row is written once.
package struct CounterSums: Sendable, Equatable {
    /// What an order would change: found with one search for each of its rows, applied without another.
    package struct Addition {
        /// The places in `summed` of rows that are there, with their new deltas.
        fileprivate var changed: [(place: Int, delta: CounterDelta)] = []
        /// Rows that are not there yet; an order has no row twice.
        package fileprivate(set) var new: [CounterRow] = []
    }

    private var summed: [CounterRow] = []
    /// Where each row stands in `summed`.
    private var places: [CounterKey: Int] = [:]

    /// Sums of no order yet.
    package init() {}

    /// How many rows are touched.
    package var count: Int { self.summed.count }

    /// Prepares to add an order's rows, at most one of each key: throws where a sum would have more digits than DynamoDB
    /// stores.
    package func addition(of rows: [CounterRow]) throws(OrderError) -> Addition {
        var addition = Addition()
        addition.changed.reserveCapacity(rows.count)
        for row in rows {
            if let place = self.places[row.key] {
                addition.changed.append((place, try self.summed[place].delta.adding(row.delta)))
            } else {
                addition.new.append(row)
            }
        }
        return addition
    }

    /// Adds what was prepared with these very sums.
    package mutating func apply(_ addition: Addition) {
        for (place, delta) in addition.changed { self.summed[place].delta = delta }
        for row in addition.new {
            self.places[row.key] = self.summed.count
            self.summed.append(row)
        }
    }

    /// Adds an order's rows, all or none.
    package mutating func add(_ rows: [CounterRow]) throws(OrderError) {
        self.apply(try self.addition(of: rows))
    }

    /// The sums in the keys' fixed order.
    package var rows: [CounterRow] { self.summed.sorted { $0.key < $1.key } }

    /// Whether the sums are the same, whatever the order they were added in.
    package static func == (left: CounterSums, right: CounterSums) -> Bool { left.rows == right.rows }
}
