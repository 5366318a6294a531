import Foundation
import LambdaRuntime
import Platform
import Testing

@Suite struct ErrorReportTests {
    struct Body: Codable, Equatable {
        let errorMessage: String
        let errorType: String
        let stackTrace: [String]
    }

    struct Cause: Codable {
        struct Exception: Codable {
            let type: String
            let message: String
            let stack: [String]
        }
        let working_directory: String
        let paths: [String]
        let exceptions: [Exception]
    }

    @Test(arguments: [
        "plain", "a\nb\tc\r\"d\"\\e", "\u{0}\u{1}\u{1F}\u{7F}", "ünïcödé 🎉 \u{2028}", "",
        String(decoding: [0x61, 0xFF, 0xC3, 0x28, 0xED, 0xA0, 0x80], as: UTF8.self),
    ])
    func `body and cause are JSON for any message`(message: String) throws {
        let report = ErrorReport(errorType: "Function.X", errorMessage: message)
        let body = try JSONDecoder().decode(Body.self, from: Data(report.body))
        #expect(Array(body.errorMessage.unicodeScalars) == Array(message.unicodeScalars))
        #expect(body.stackTrace.isEmpty)
        let cause = report.xRayCause(workingDirectory: "/var/task")
        #expect(cause.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        let decoded = try JSONDecoder().decode(Cause.self, from: Data(cause))
        #expect(decoded.exceptions.first?.message == message)
        #expect(decoded.working_directory == "/var/task")
    }

    @Test(arguments: ["x", "\u{1}", "\"", "é", "🎉"])
    func `a message of a megabyte stays within the limits`(unit: String) throws {
        let message = String(repeating: unit, count: 1_048_576 / unit.utf8.count)
        let report = ErrorReport(errorType: "Function.X", errorMessage: message)
        #expect(report.body.count <= 1_048_576)
        #expect(report.body.count > 1_000_000)
        let body = try JSONDecoder().decode(Body.self, from: Data(report.body))
        #expect(body.errorMessage.hasSuffix("… (cut)"))
        #expect(body.errorMessage.hasPrefix(String(repeating: unit, count: 1_000)))
        let cause = report.xRayCause(workingDirectory: "/")
        #expect((4_096..<4_352).contains(cause.count), "\(cause.count)")
        let exception = try #require(try JSONDecoder().decode(Cause.self, from: Data(cause)).exceptions.first)
        #expect(exception.message.hasSuffix("… (cut)"))
    }

    @Test func `a message of a million bytes is whole`() throws {
        let message = String(repeating: "x", count: 1_000_000)
        let report = ErrorReport(errorType: "Function.X", errorMessage: message)
        #expect(try JSONDecoder().decode(Body.self, from: Data(report.body)).errorMessage == message)
    }

    @Test(arguments: [
        ("Function.OrderDecodingError", "Function.OrderDecodingError"), ("Runtime.ConfigError", "Runtime.ConfigError"),
        ("Function.decodingError", "Function.DecodingError"), ("OrderError", "Function.OrderError"),
        ("Function.HTTP2Error", "Function.HTTPError"), ("Function.A", "Function.Unknown"),
        ("Function.", "Function.Unknown"), ("", "Function.Unknown"), ("Runtime.42", "Runtime.Unknown"),
        ("Function.Generic<Int>", "Function.GenericInt"), ("Function.Fehlerß", "Function.Fehler"),
    ])
    func `the type is one that Lambda accepts`(given: String, expected: String) {
        #expect(ErrorReport(errorType: given, errorMessage: "").errorType == expected)
    }

    @Test func `any error has a type and a text`() {
        struct PlainError: Error { let number = 3 }
        let report = ErrorReport(PlainError())
        #expect(report.errorType == "Function.PlainError")
        #expect(report.errorMessage == "PlainError(number: 3)")
        #expect(ErrorReport(EnvironmentError.missing("ORDERS_TABLE")).errorType == "Runtime.ConfigurationError")
    }

    @Test func `addresses are masked`() {
        let report = ErrorReport(errorType: "Function.X", errorMessage: "no order of bob@example.com")
        #expect(report.errorMessage == "no order of ***@example.com")
    }

    @Test func `The type is masked and cut like the message`() {
        let report = ErrorReport(errorType: "Function.bob@example.com", errorMessage: "")
        #expect(report.errorType == "Function.Examplecom")
        let long = ErrorReport(errorType: "Function." + String(repeating: "A", count: 5_000), errorMessage: "")
        #expect(long.errorType.utf8.count == "Function.".utf8.count + 128)
    }
}
