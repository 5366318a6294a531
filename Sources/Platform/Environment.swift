internal import Glibc

/// The process's environment variables as a value: read once at start, injected everywhere below `main`.
package struct Environment: Sendable, ExpressibleByDictionaryLiteral {
    private var variables: [String: String]

    /// Variables of a test or a child process.
    package init(_ variables: [String: String]) {
        self.variables = variables
    }

    /// The variables of a literal, as tests write them; of a name that stands there twice the last value counts.
    package init(dictionaryLiteral elements: (String, String)...) {
        self.init(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }

    /// The variables this process was started with.
    ///
    /// Only `LambdaRuntime.run` reads it, which `main.swift` calls.
    package static var process: Environment {
        var variables: [String: String] = [:]
        var entry = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            // As bytes: finding characters costs a cold start tens of microseconds. As in getenv, the first one counts.
            if let separator = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
                let name = String(text[..<separator])
                if variables[name] == nil { variables[name] = String(text[text.utf8.index(after: separator)...]) }
            }
            entry += 1
        }
        return Environment(variables)
    }

    /// The variable's value; nil where it is unset or empty, since a template writes an absent parameter as "".
    package subscript(name: String) -> String? {
        self.variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The names that start with `prefix`, in no order.
    package func names(withPrefix prefix: String) -> [String] {
        var names: [String] = []
        for name in self.variables.keys where name.utf8.starts(with: prefix.utf8) { names.append(name) }
        return names
    }

    /// The value of a variable without which the function cannot work.
    package func require(_ name: String) throws -> String {
        guard let value = self[name] else { throw EnvironmentError.missing(name) }
        return value
    }

    /// The parsed value of a required variable; `expected` completes the sentence "must be …".
    package func require<Value>(_ name: String, _ expected: String, parse: (String) -> Value?) throws -> Value {
        let text = try self.require(name)
        guard let value = parse(text) else { throw EnvironmentError.malformed(name, expected: expected) }
        return value
    }

    /// The parsed value of a variable that may be missing, but not malformed.
    package func optional<Value>(_ name: String, _ expected: String, parse: (String) -> Value?) throws -> Value? {
        guard let text = self[name] else { return nil }
        guard let value = parse(text) else { throw EnvironmentError.malformed(name, expected: expected) }
        return value
    }
}

/// A variable that keeps a function from starting.
///
/// It never repeats the value: that may be a secret.
package struct EnvironmentError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with the variable.
    package enum Code: Sendable, Equatable {
        case missing
        case malformed
    }

    /// What is wrong with the variable.
    package let code: Code
    /// The variable's name.
    package let name: String
    /// What is wrong, and what to do about it.
    package let description: String

    /// The variable is not set, or empty.
    package static func missing(_ name: String) -> EnvironmentError {
        EnvironmentError(
            code: .missing,
            name: name,
            description: "environment variable \(name) is not set: set it in the function's configuration"
        )
    }

    /// The variable has a value that cannot be; `expected` completes the sentence "must be …".
    package static func malformed(_ name: String, expected: String) -> EnvironmentError {
        EnvironmentError(
            code: .malformed,
            name: name,
            description: "environment variable \(name) must be \(expected): correct the function's configuration"
        )
    }
}
