internal import JSONText
package import PipesRunner

/// The events of one file: one, or the records of a batch, which a Pipe and a mapping filter one by one.
package struct EventBatch: Sendable {
    /// One event, as a filter sees it.
    package struct Event: Sendable {
        /// Where the event stands in the file, as `$.Records[0]`; `$` for a file that is one event.
        package let place: String
        /// What a filter sees of the event.
        package let input: FilterInput
    }

    /// In the file's order.
    package let events: [Event]
    /// Whether the file is a list of records or has one in `Records`, be it of one record or of none.
    package let isList: Bool

    /// Whether there is a record of a DynamoDB stream among the events.
    package var hasStreamRecord: Bool {
        self.events.contains { if case .dynamoDB = $0.input { true } else { false } }
    }

    /// The events of a JSON text; throws `JSONError`.
    package init(parsing text: [UInt8]) throws {
        guard let list = try JSONReader.read(text, { try Self.list(&$0) }) else {
            self.isList = false
            self.events = [Event(place: "$", input: try FilterInput(record: text))]
            return
        }
        self.isList = true
        self.events = try list.records.enumerated().map { index, record in
            Event(place: "\(list.path)[\(index)]", input: try FilterInput(record: record))
        }
    }

    /// A Pipe's target gets a bare list, and a mapping's `{"Records":[…]}`; nil for what is neither.
    private static func list(_ reader: inout JSONReader) throws -> (path: String, records: [[UInt8]])? {
        switch try reader.peek() {
        case .array:
            return (path: "$", records: try self.elements(&reader))
        case .object:
            var records: [[UInt8]]?
            try reader.readObject { name, reader in
                if name.string == "Records", try reader.peek() == .array {
                    records = try self.elements(&reader)
                } else {
                    _ = try reader.skip()
                }
            }
            return records.map { (path: "$.Records", records: $0) }
        case .string, .number, .bool, .null:
            _ = try reader.skip()
            return nil
        }
    }

    private static func elements(_ reader: inout JSONReader) throws -> [[UInt8]] {
        var elements: [[UInt8]] = []
        try reader.readArray { _, reader in elements.append(Array(reader.slice(try reader.skip()))) }
        return elements
    }
}
