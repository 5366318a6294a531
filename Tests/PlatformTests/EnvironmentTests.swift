import Glibc
import Platform
import Testing

@Suite struct EnvironmentTests {
    @Test func `an empty variable is a missing one`() {
        let environment: Environment = ["A": "x", "B": ""]
        #expect(environment["A"] == "x")
        #expect(environment["B"] == nil)
        #expect(environment["C"] == nil)
        #expect(throws: EnvironmentError.missing("B")) { try environment.require("B") }
    }

    @Test func `a malformed variable is named but its value is not`() throws {
        let environment: Environment = ["N": "secret", "M": "3"]
        #expect(try environment.require("M", "a number", parse: { Int($0) }) == 3)
        #expect(try environment.optional("X", "a number", parse: { Int($0) }) == nil)
        for read in [
            { try environment.require("N", "a number", parse: { Int($0) }) },
            { try environment.optional("N", "a number", parse: { Int($0) }) ?? 0 },
        ] {
            let error = try #require(#expect(throws: EnvironmentError.self) { try read() })
            #expect(error.code == .malformed)
            #expect(error.description.contains("N must be a number"))
            #expect(!error.description.contains("secret"))
        }
    }

    @Test func `the process has what it was started with`() throws {
        let path = try #require(getenv("PATH").map { String(cString: $0) })
        #expect(Environment.process["PATH"] == path)
    }
}
