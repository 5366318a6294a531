internal import JSONText

/// What is wrong with one member of an order that somebody posts.
package struct OrderOffence: Error, Sendable, Equatable {
    /// The member's place in the posted document: a JSON Pointer (RFC 6901), empty for the document itself.
    package let pointer: String
    /// What was expected.
    ///
    /// Never repeats the value, which may be a customer's data.
    package let detail: String

    /// An offence of the member at `pointer`.
    package init(pointer: String, detail: String) {
        self.pointer = pointer
        self.detail = detail
    }

    /// `key` as a part of a pointer, behind its `/`.
    static func part(_ key: String) -> String {
        guard key.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return "/" + key }
        var part: [UInt8] = [UInt8(ascii: "/")]
        for byte in key.utf8 {
            switch byte {
            case UInt8(ascii: "~"): part.append(contentsOf: "~0".utf8)
            case UInt8(ascii: "/"): part.append(contentsOf: "~1".utf8)
            default: part.append(byte)
            }
        }
        return String(decoding: part, as: UTF8.self)
    }
}

/// All that is wrong with an order that somebody posts.
package struct OrderOffences: Error, Sendable, Equatable {
    /// So many are told: one for each product that an order may have, since an answer to Lambda has at most 6 MB.
    package static let maximumListed = NewOrder.maximumProducts
    /// Bytes of pointers that are told: the names in them are the client's, and as long as it likes.
    package static let maximumPointerBytes = 64 * 1_024

    /// In the document's order.
    package private(set) var listed: [OrderOffence] = []
    /// Those that are not listed included.
    package private(set) var count = 0
    private var pointerBytes = 0

    /// These offences, of which as many are listed as an answer has room for.
    package init(_ offences: [OrderOffence] = []) {
        for offence in offences { self.add(offence) }
    }

    /// Notes one more.
    package mutating func add(_ offence: OrderOffence) {
        self.count += 1
        self.pointerBytes += offence.pointer.utf8.count
        guard self.listed.count < Self.maximumListed, self.pointerBytes <= Self.maximumPointerBytes else { return }
        self.listed.append(offence)
    }

    /// The members of an order that are wrong, each once, whatever order of a batch has them.
    package var members: [String] {
        var members: [String] = []
        for offence in self.listed {
            let parts = offence.pointer.utf8.split(separator: UInt8(ascii: "/"))
            let name = parts.first { !$0.allSatisfy(\.isASCIIDigit) }.map { String(decoding: $0, as: UTF8.self) }
            if let name, !members.contains(name) { members.append(name) }
        }
        return members
    }

    /// Why the document as a whole, not one of its members, is none.
    package var malformation: String? {
        guard let first = self.listed.first, self.members.isEmpty else { return nil }
        return first.detail
    }
}
