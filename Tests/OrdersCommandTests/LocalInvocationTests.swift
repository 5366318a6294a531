import Foundation
import OrdersCommand
import Platform
import Testing

/// Real processes against the Runtime API on loopback: bootstraps in bash, which speaks TCP by itself.
@Suite struct LocalInvocationTests {
    private static let script = #"""
        #!/bin/bash
        case $MODE in init-error) path=init/error ;; *) path= ;; esac
        exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API%:*}/${AWS_LAMBDA_RUNTIME_API#*:}"
        base=/2018-06-01/runtime
        send() {
            printf '%s %s HTTP/1.1\r\n%s\r\n' "$1" "$2" "${HEADER:-Host: $AWS_LAMBDA_RUNTIME_API}" >&3
            printf 'Lambda-Runtime-Function-Error-Type: Function.Boom\r\n' >&3
            printf 'Content-Length: %s\r\n\r\n%s' "${#3}" "$3" >&3
        }
        if [[ -n $path ]]; then send POST "$base/$path" '{"errorType":"Function.Boom"}'; read -r _ <&3; exit 1; fi
        if [[ $MODE == status ]]; then
            send GET "$base/invocation/next" && read -r line <&3 && exit "$((${line:9:3} - 300))"
        fi
        if [[ $MODE == mute ]]; then read -r -t 60 _ <&3; exit 9; fi
        send GET "$base/invocation/next"
        while IFS= read -r line <&3; do
            line=${line%$'\r'}
            [[ -n $line ]] || break
            case ${line,,} in
                lambda-runtime-aws-request-id:*) id=${line#*: } ;;
                content-length:*) length=${line#*: } ;;
            esac
        done
        IFS= read -r -N "$length" body <&3
        case $MODE in
            crash) kill -ABRT $$ ;;
            exit) exit 3 ;;
            hang) read -r -t 60 _ <&3; exit 9 ;;
            error) send POST "$base/invocation/$id/error" '{"errorType":"Function.Boom"}' ;;
            wrong-id) send POST "$base/invocation/nobody/response" 1 && read -r line <&3 && exit "${line:9:1}" ;;
            *) send POST "$base/invocation/$id/response" "{\"got\":$body,\"name\":\"$AWS_LAMBDA_FUNCTION_NAME\"}" ;;
        esac
        read -r _ <&3
        """#

    /// More than any start or answer takes, however busy the machine is.
    private static let ample = Duration.seconds(600)

    /// As the tool does, on a thread that is none of Swift's pool: the loop blocks it.
    private static func run(
        _ mode: String,
        timeout: Duration = Self.ample,
        initializationTimeout: Duration = Self.ample,
        header: String = ""
    ) async throws -> (outcome: InvocationOutcome, report: InvocationReport) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("bootstrap")
        try Data(self.script.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        let invocation = LocalInvocation(
            function: "Echo",
            bootstrap: file,
            payload: Array(#"{"a":1}"#.utf8),
            timeout: timeout,
            initializationTimeout: initializationTimeout,
            overrides: ["MODE": mode, "HEADER": header]
        )
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try EventLoop().run { try await invocation.run() } })
            }
        }
    }

    @Test func `gives the event and takes the answer`() async throws {
        let (outcome, report) = try await Self.run("ok")
        #expect(outcome == .answered(Array(#"{"got":{"a":1},"name":"Echo"}"#.utf8)))
        #expect(report.duration != nil)
    }

    @Test func `takes a reported error with its type`() async throws {
        let error = Array(#"{"errorType":"Function.Boom"}"#.utf8)
        #expect(try await Self.run("error").outcome == .functionError(error, type: "Function.Boom"))
        #expect(try await Self.run("init-error").outcome == .initializationError(error, type: "Function.Boom"))
    }

    @Test func `tells how a process ended that did not answer`() async throws {
        #expect(try await Self.run("crash").outcome == .exited(.signal(6)))
        #expect(try await Self.run("exit").outcome == .exited(.code(3)))
    }

    @Test func `refuses an answer to a request it never gave`() async throws {
        #expect(try await Self.run("wrong-id").outcome == .exited(.code(4)), "the first digit of HTTP status 400")
    }

    @Test func `ends a function that takes too long`() async throws {
        #expect(try await Self.run("hang", timeout: .milliseconds(50)).outcome == .timedOut(seconds: 0.05))
    }

    @Test func `ends a function that never asks for an event`() async throws {
        let outcome = try await Self.run("mute", initializationTimeout: .milliseconds(50)).outcome
        #expect(outcome == .initializationTimedOut(seconds: 0.05))
    }

    @Test(arguments: [
        // DNS rebinding: the page's own name leads to 127.0.0.1.
        "Host: evil.example", "Host: 127.0.0.1.evil.example", "Host: localhost, evil.example", "X: y",
        "Host: 127.0.0.1\r\nOrigin: http://evil.example", "Host: 127.0.0.1\r\nOrigin: null",
        "Host: localhost\r\nSec-Fetch-Mode: no-cors", "Host: localhost\r\nsec-fetch-site: same-site",
    ])
    func `A request that a web page makes is refused`(header: String) async throws {
        // The script's exit status is what the answer's is above 300.
        #expect(try await Self.run("status", header: header).outcome == .exited(.code(103)))
    }

    @Test func `Any port of loopback is taken, as of a proxy in front`() async throws {
        #expect(try await Self.run("echo", header: "Host: localhost:1").outcome.failure == nil)
    }
}
