import Foundation
import Platform
import Testing

/// A bootstrap whose log nobody takes: its reader is gone, its descriptor is closed, its pipe is full.
///
/// The function serves on, and no line gets into a connection.
@Suite(.serialized) struct LogDescriptorTests {
    /// Each invocation waits, so that its lines are written before, and logs an error, which is written at once.
    private static let napping = ["PROBE_NAP_MS": "1"]
    private static let telemetry = napping.merging(["_LAMBDA_TELEMETRY_LOG_FD": "9"]) { $1 }

    @Test(arguments: [
        (napping, "2>&-"), (napping, ">&-"), (napping, "<&- >&- 2>&-"), (napping, "2>/dev/full"),
        (telemetry, "9>&-"), (telemetry, "9</dev/null"), (telemetry, "9>/dev/full"), (telemetry, "2>&- 9>&-"),
    ])
    func `descriptors that take nothing end neither the process nor an invocation`(
        environment: [String: String],
        redirections: String
    ) throws {
        let server = try Self.failingThenEchoing()
        let probe = try ProbeProcess(Self.calling(server, environment), redirections: redirections)
        #expect(try probe.finish().exitCode == 1)
        try server.finish()
    }

    @Test func `without its telemetry descriptor the log goes to standard error`() throws {
        let server = try Self.failingThenEchoing()
        let probe = try ProbeProcess(Self.calling(server, Self.telemetry), redirections: "9>&-")
        #expect(try probe.finish().log.contains("failed before the answer"))
        try server.finish()
    }

    @Test func `a standard error whose reader is gone ends neither the process nor an invocation`() throws {
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let server = try Self.failingThenEchoing()
        let probe = try ProbeProcess(
            Self.calling(server, Self.napping),
            standardError: pipe.fileHandleForWriting
        )
        #expect(try probe.finish().exitCode == 1)
        try server.finish()
    }

    @Test func `a telemetry pipe whose reader is gone ends neither the process nor an invocation`() throws {
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let server = try Self.failingThenEchoing()
        let probe = try ProbeProcess(
            Self.calling(server, Self.telemetry),
            redirections: "9>&1 >/dev/null",
            standardOutput: pipe.fileHandleForWriting
        )
        #expect(try probe.finish().exitCode == 1)
        try server.finish()
    }

    /// The first line that nobody read is kept, those after it are counted.
    @Test func `a full log that is read again holds how many lines are missing`() throws {
        let pipe = Pipe()
        try Self.fill(pipe)
        let server = try ScriptedRuntimeAPI { api in
            let connection = try api.accept()
            try connection.refuseExtension()
            for id in ["a", "b", "c"] { try Self.serveFailure(id, connection) }
            try Self.drain(pipe)
            try Self.serveFailure("d", connection)
            try connection.stop()
        }
        let probe = try ProbeProcess(
            Self.calling(server, Self.napping),
            standardError: pipe.fileHandleForWriting
        )
        #expect(try probe.finish().exitCode == 1)
        try server.finish()
        try pipe.fileHandleForWriting.close()
        let log = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let members = try log.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(members.map { $0["requestId"] as? String } == ["a", nil, "d", "d", "d", nil])
        // Two of "a", three each of "b" and "c".
        #expect(members[1]["lost_lines"] as? Int == 8)
    }

    /// Each invocation writes three times, and each write alone may wait for 100 ms.
    @Test func `a full log holds up all invocations together for a moment only`() throws {
        let pipe = Pipe()
        try Self.fill(pipe)
        let server = try ScriptedRuntimeAPI { api in
            let connection = try api.accept()
            try connection.refuseExtension()
            let start = SystemClock.uptime
            for number in 1...40 { try Self.serveFailure("\(number)", connection) }
            #expect(SystemClock.uptime - start < .seconds(8))
            try connection.stop()
        }
        let probe = try ProbeProcess(
            Self.calling(server, Self.telemetry),
            redirections: "9>&1 >/dev/null",
            standardOutput: pipe.fileHandleForWriting
        )
        #expect(try probe.finish().exitCode == 1)
        try server.finish()
    }

    @Test func `a full log does not keep a trap from ending the process`() throws {
        let pipe = Pipe()
        try Self.fill(pipe)
        let server = try ScriptedRuntimeAPI { api in
            let connection = try api.accept()
            try connection.refuseExtension()
            try connection.serveEvent("a", "crash")
            #expect(try connection.readRequest() == nil)
        }
        let probe = try ProbeProcess(
            Self.calling(server, ["_LAMBDA_TELEMETRY_LOG_FD": "9"]),
            redirections: "9>&1 >/dev/null",
            standardOutput: pipe.fileHandleForWriting
        )
        let (exitCode, log) = try probe.finish()
        #expect(exitCode < 0)
        #expect(log.contains("the process was ended by SIG"))
        try server.finish()
    }

    private static func calling(_ server: ScriptedRuntimeAPI, _ environment: [String: String]) -> [String: String] {
        environment.merging(["AWS_LAMBDA_RUNTIME_API": "127.0.0.1:\(server.port)"]) { $1 }
    }

    /// A failure, whose log line is due at once, and an echo, which shows that the runtime is still in step.
    private static func failingThenEchoing() throws -> ScriptedRuntimeAPI {
        try ScriptedRuntimeAPI { api in
            let connection = try api.accept()
            try connection.refuseExtension()
            try Self.serveFailure("a", connection)
            try connection.serveEcho("b")
            try connection.stop()
        }
    }

    private static func serveFailure(_ id: String, _ connection: ScriptedConnection) throws {
        try connection.serveEvent(id, "fail-before")
        try connection.expect(ScriptedConnection.error(id))
        connection.answer("202 Accepted")
    }

    /// Writes until the pipe takes no more.
    private static func fill(_ pipe: Pipe) throws {
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
        let bytes = [UInt8](repeating: 0x78, count: 4_096)
        while write(descriptor, bytes, bytes.count) > 0 {}
        #expect(errno == EAGAIN)
        // The descriptor of the process shares the flag, which real log pipes do not have.
        _ = fcntl(descriptor, F_SETFL, flags)
    }

    /// Reads all that the pipe holds: what `fill` wrote.
    private static func drain(_ pipe: Pipe) throws {
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        var bytes = [UInt8](repeating: 0, count: 4_096)
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&wanted, 1, 0) == 1, read(descriptor, &bytes, bytes.count) > 0 {}
        #expect(bytes.allSatisfy { $0 == 0x78 })
    }
}
