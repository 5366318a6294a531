internal import JSONText

extension JSONReader {
    /// Adds what stands in a value of any kind to `settings`, each text, number and truth value by its path, as
    /// `DestinationConfig.OnFailure.Destination` and `FilterCriteria.Filters[0].Pattern`.
    ///
    /// So an answer is compared with a template whatever of it the template sets: AWS names a setting as CloudFormation does.
    mutating func readSettings(at path: String, into settings: inout [String: String]) throws {
        switch try self.peek() {
        case .object:
            var members: [String: String] = [:]
            try self.readObject { key, reader in try reader.readSettings(at: "\(path).\(key.string)", into: &members) }
            settings.merge(members) { $1 }
        case .array:
            var elements: [String: String] = [:]
            try self.readArray { index, reader in try reader.readSettings(at: "\(path)[\(index)]", into: &elements) }
            settings.merge(elements) { $1 }
        case .string: settings[path] = try self.readString()
        case .null: try self.skip()
        case .number, .bool: settings[path] = String(decoding: self.slice(try self.skip()), as: UTF8.self)
        }
    }
}
