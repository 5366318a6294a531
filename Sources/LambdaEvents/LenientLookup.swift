import JSONText

/// Finds single strings in a record that failed, whatever else is wrong with the record.
///
/// Each look passes over the whole record, a cost that only failures have.
enum LenientLookup {
    /// The non-empty string behind a path of keys; nil where any part is missing or of another type.
    static func string(at path: [StaticString], in json: some Collection<UInt8>) -> String? {
        let found = try? JSONReader.read(json) { reader in try self.find(path[...], &reader) }
        return found.flatMap { $0 }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func find(_ path: ArraySlice<StaticString>, _ reader: inout JSONReader) throws -> String? {
        guard let first = path.first else {
            if try reader.peek() == .string { return try reader.readString() }
            try reader.skip()
            return nil
        }
        guard try reader.peek() == .object else {
            try reader.skip()
            return nil
        }
        var found: String?
        try reader.readObject { key, reader in
            if key == first {
                found = try self.find(path.dropFirst(), &reader)
            } else {
                try reader.skip()
            }
        }
        return found
    }
}
