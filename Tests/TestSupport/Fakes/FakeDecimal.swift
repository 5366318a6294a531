internal import AWSClient

/// DynamoDB's numbers, exactly, digit by digit: not negative, at most 38 significant digits, no exponents.
package enum FakeDecimal {
    /// The sum's text, without superfluous zeros; throws where it has more than 38 digits.
    package static func sum(_ left: String, _ right: String) throws -> String {
        let (leftWhole, leftFraction) = try self.parts(left)
        let (rightWhole, rightFraction) = try self.parts(right)
        let scale = max(leftFraction.count, rightFraction.count)
        let width = max(leftWhole.count, rightWhole.count) + scale + 1
        let leftDigits = self.padded(leftWhole, leftFraction, scale: scale, width: width)
        let rightDigits = self.padded(rightWhole, rightFraction, scale: scale, width: width)
        var digits = [UInt8](repeating: 0, count: width)
        var carry: UInt8 = 0
        for index in digits.indices.reversed() {
            let sum = leftDigits[index] + rightDigits[index] + carry
            (carry, digits[index]) = (sum / 10, sum % 10)
        }
        return try self.text(digits, scale: scale)
    }

    /// The value with its number's superfluous zeros trimmed, as it would be read back.
    static func normalised(_ value: AttributeValue) throws -> AttributeValue {
        guard let number = value.number else { return value }
        return .n(try self.sum(number, "0"))
    }

    /// Whether two values are equal to DynamoDB, for which `1.50` is `1.5`.
    static func equals(_ left: AttributeValue, _ right: AttributeValue) -> Bool {
        guard let first = left.number, let second = right.number else { return left == right }
        return (try? self.sum(first, "0")) == (try? self.sum(second, "0"))
    }

    private static func parts(_ text: String) throws -> (whole: [UInt8], fraction: [UInt8]) {
        let halves = text.split(separator: ".", omittingEmptySubsequences: false)
        let digits = halves.map { half in half.utf8.map { $0 &- UInt8(ascii: "0") } }
        guard (1...2).contains(halves.count), digits.allSatisfy({ $0.allSatisfy { $0 < 10 } }), !digits[0].isEmpty
        else {
            throw FakeTable.Failure.validation("\(text) is no number that this fake knows")
        }
        return (digits[0], digits.count == 2 ? digits[1] : [])
    }

    private static func padded(_ whole: [UInt8], _ fraction: [UInt8], scale: Int, width: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: width - whole.count - scale) + whole + fraction
            + [UInt8](repeating: 0, count: scale - fraction.count)
    }

    private static func text(_ digits: [UInt8], scale: Int) throws -> String {
        var whole = Array(digits.dropLast(scale).drop { $0 == 0 })
        var fraction = Array(digits.suffix(scale))
        while fraction.last == 0 { fraction.removeLast() }
        guard (whole + fraction).drop(while: { $0 == 0 }).count <= 38 else {
            throw FakeTable.Failure.validation("Attempting to store more than 38 significant digits in a Number")
        }
        if whole.isEmpty { whole = [0] }
        let characters =
            fraction.isEmpty ? whole.map(String.init) : whole.map(String.init) + ["."] + fraction.map(String.init)
        return characters.joined()
    }
}
