internal import Orders

/// The orders that a user names, on the command line or on standard input.
enum OrderArguments {
    /// Bytes of standard input: some hundred thousand ids.
    private static let maximumSize = 16 * 1_024 * 1_024
    /// Ids in one message about several.
    private static let maximumNamed = 10

    /// Throws where none is named, or one is longer than ids are.
    static func ids(_ arguments: [String]) throws -> [OrderID] {
        var texts = arguments
        if arguments.isEmpty || arguments == ["-"] {
            let bytes = try InputFile.text("-", limit: self.maximumSize)
            // Of line breaks only the usual ones, since an id may hold any other.
            texts = bytes.split(separator: UInt8(ascii: "\n")).map { line in
                String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
            }.filter { !$0.isEmpty }
        }
        guard !texts.isEmpty else { throw ToolError.badUse("no order ids on standard input: one on each line") }
        var seen: Set<OrderID> = []
        return try texts.compactMap { text in
            guard let id = OrderID(text) else {
                throw ToolError.badUse(
                    "an order's id has 1 to \(OrderID.maximumLength) bytes, and one has \(text.utf8.count)"
                )
            }
            return seen.insert(id).inserted ? id : nil
        }
    }

    /// What to say of orders that are found nowhere, behind the lines that name the places that were searched.
    static func notFound(_ ids: [String]) -> ToolError {
        let named = ids.prefix(self.maximumNamed).map { TerminalText.masked($0) }.joined(separator: ", ")
        let more = ids.count > self.maximumNamed ? " and \(ids.count - self.maximumNamed) more" : ""
        return .failed(
            "nothing is known of \(named)\(more) in any place named above; check the id, or look further back with --from"
        )
    }
}

/// What a command says before it reads the table's stream on AWS.
enum StreamReaders {
    static let warning =
        "warning: the Orders table's stream has two readers already, the Pipes, and DynamoDB throttles a shard with more "
        + "than two: the Pipes may be late while this runs"
}
