internal import Platform

/// A UTC calendar day of the years 1 to 9999: what the analytics count by.
package struct Day: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Bytes of `text`.
    static let textLength = 10

    /// Year, month and day as one decimal number, 20250827.
    private let packed: UInt32

    init(_ time: CivilTime) {
        self.packed = UInt32(time.year * 10_000 + time.month * 100 + time.day)
    }

    package static func < (left: Day, right: Day) -> Bool { left.packed < right.packed }

    /// `2025-08-27`.
    package var text: String {
        var bytes = [UInt8](repeating: UInt8(ascii: "-"), count: 10)
        var rest = self.packed
        for index in [9, 8, 6, 5, 3, 2, 1, 0] {
            bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    package var description: String { self.text }
}
