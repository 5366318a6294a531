internal import Foundation

/// The secret in the dashboard's address: who does not have it sees nothing.
package struct DashboardToken: Sendable, Equatable {
    /// 256 random bits in base64url, 43 characters.
    package let text: String
    private static let length = 43

    /// A new one.
    package init() {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        self.text = Self.base64url(bytes)
    }

    /// One that was made before; nil where the text is no token.
    package init?(_ text: String) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(Self.isDigit) else { return nil }
        self.text = text
    }

    /// Whether an `Authorization` header has this token.
    ///
    /// Takes the same time wherever the first difference is.
    package func admits(authorization: String?) -> Bool {
        let expected = Array("Bearer \(self.text)".utf8)
        let given = Array((authorization ?? "").utf8)
        guard given.count == expected.count else { return false }
        var difference: UInt8 = 0
        for index in expected.indices { difference |= expected[index] ^ given[index] }
        return difference == 0
    }

    /// Random text for a page's policy: 128 bits.
    static func nonce() -> String {
        var generator = SystemRandomNumberGenerator()
        return self.base64url((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    private static func base64url(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
