internal import JSONText
internal import Orders

/// One order as a user wrote it: a JSON text that is sent byte for byte.
package struct OrderDocument: Sendable, Equatable {
    /// The order's text.
    package let bytes: [UInt8]
    /// `orders.ndjson:12`, for errors.
    package let place: String
    /// What identifies the order: equal keys are sent one after the other, in their order.
    package let key: String

    /// Splits a file: one JSON text, an array of them, or one or an array on each line, behind a byte order mark or without
    /// one.
    ///
    /// Throws before anything is sent, also where a text is no object: no order is, and its function would refuse it.
    package static func split(_ bytes: [UInt8], file: String) throws -> [OrderDocument] {
        let documents = try self.texts(InputFile.withoutByteOrderMark(bytes), file: file)
        if let other = documents.first(where: { $0.bytes.first != UInt8(ascii: "{") }) {
            throw ToolError.badUse("\(other.place): an order is a JSON object, and this is none. Correct it there")
        }
        return documents
    }

    private static func texts(_ bytes: [UInt8], file: String) throws -> [OrderDocument] {
        do {
            return try self.elements(of: bytes, place: file)
        } catch let wholeError as JSONError {
            do {
                return try self.lines(bytes, file: file)
            } catch let lineError as LineError {
                // As PowerShell writes what goes into a file.
                if let form = RefusedForm.text(bytes) { throw ToolError.badUse("\(file): \(form)") }
                // With a single text the first line is no text of its own, and the error of the whole is the true one.
                let isSingle = lineError.isFirst && wholeError.offset > lineError.offset
                let error = isSingle ? wholeError : lineError.error
                let shift = isSingle ? 0 : lineError.offset
                throw ToolError.badUse(JSONFile.describe(error, shiftedBy: shift, in: bytes, of: file))
            }
        }
    }

    private struct LineError: Error {
        let error: JSONError
        /// Of the line in the file.
        let offset: Int
        let isFirst: Bool
    }

    /// The elements of an array, and any other text as it is.
    private static func elements(of text: some Collection<UInt8>, place: String) throws -> [OrderDocument] {
        let limits = JSONLimits(bytes: max(1, text.count))
        return try JSONReader.read(text, limits: limits) { reader in
            guard try reader.peek() == .array else {
                return [try OrderDocument(reader.slice(try reader.skip()), place: place)]
            }
            var documents: [OrderDocument] = []
            try reader.readArray { index, reader in
                documents.append(try OrderDocument(reader.slice(try reader.skip()), place: "\(place)[\(index)]"))
            }
            return documents
        }
    }

    private static func lines(_ bytes: [UInt8], file: String) throws -> [OrderDocument] {
        var documents: [OrderDocument] = []
        var offset = 0
        var isFirst = true
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            defer { offset += line.count + 1 }
            guard line.contains(where: { $0 != UInt8(ascii: " ") && $0 != 0x0D && $0 != 0x09 }) else { continue }
            do {
                documents += try self.elements(of: line, place: "\(file):\(index + 1)")
            } catch let error as JSONError {
                throw LineError(error: error, offset: offset, isFirst: isFirst)
            }
            isFirst = false
        }
        return documents
    }

    private init(_ bytes: some Collection<UInt8>, place: String) throws {
        self.bytes = Array(bytes)
        self.place = place
        self.key = Self.key(of: try WrittenIDs(parsing: self.bytes)) ?? place
    }

    /// Characters that Kinesis allows in a partition key.
    private static let longestKey = 256

    /// The partition key or the id, in whichever spelling the order has.
    private static func key(of ids: WrittenIDs) -> String? {
        for name in WrittenIDs.Name.allCases {
            switch ids[name] {
            // An id that is counted is its digits, so that 17 and "17" are one order's.
            case .id(let key)?, .number(let key)?:
                if key.unicodeScalars.count <= self.longestKey { return key }
            case nil: continue
            }
        }
        return ids[.payload].flatMap(self.key) ?? ids[.detail].flatMap(self.key)
    }
}
