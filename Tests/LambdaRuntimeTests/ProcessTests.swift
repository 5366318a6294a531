import Foundation
import LambdaRuntime
import Platform
import Testing

/// What only a process of its own can show: exit codes, signals, the environment.
@Suite(.serialized) struct ProcessTests {
    @Test func `without a Runtime API it says what to do`() throws {
        let (exitCode, log) = try ProbeProcess([:]).finish()
        #expect(exitCode == 1)
        #expect(log.contains("AWS_LAMBDA_RUNTIME_API is not set"))
        #expect(log.contains("scripts/invoke"))
    }

    @Test func `a server without extensions is served`() throws {
        let server = try ScriptedRuntimeAPI { api in
            let connection = try api.accept()
            try connection.refuseExtension()
            try connection.serveEcho("a")
            try connection.stop()
        }
        let (exitCode, _) = try ProbeProcess(port: server.port).finish()
        try server.finish()
        #expect(exitCode == 1)
    }

    @Test func `a server that ignores the extension does not hold it up`() throws {
        let server = try ScriptedRuntimeAPI { api in
            let first = try api.accept()
            try first.expect(ScriptedConnection.register)
            let second = try api.accept()
            try second.serveEcho("a")
            try second.stop()
        }
        #expect(try ProbeProcess(port: server.port).finish().exitCode == 1)
        try server.finish()
    }

    @Test func `the extension is registered for no events and waits`() throws {
        let server = try ScriptedRuntimeAPI { api in
            let runtime = try api.accept()
            let extensionConnection = try Self.acceptExtension(runtime, api)
            try runtime.serveEcho("a")
            try runtime.stop()
            #expect(try extensionConnection.readRequest() == nil)
        }
        _ = try ProbeProcess(port: server.port).finish()
        try server.finish()
    }

    @Test func `a termination while idle ends it at once`() throws {
        let isIdle = Milestone()
        let server = try ScriptedRuntimeAPI { api in
            let connection = try api.accept()
            try connection.refuseExtension()
            try connection.serveEcho("a")
            try connection.expect(ScriptedConnection.next)
            isIdle.reach()
            #expect(try connection.readRequest() == nil)
        }
        let probe = try ProbeProcess(port: server.port)
        isIdle.wait()
        let start = SystemClock.uptime
        probe.terminate()
        let (exitCode, _) = try probe.finish()
        #expect(SystemClock.uptime - start < .milliseconds(300))
        #expect(exitCode == 0)
        try server.finish()
    }

    /// A shell, `timeout` and a process group may each send one; those behind the first take nothing from the time that is left.
    @Test(arguments: [1, 2])
    func `a termination in flight lets the response out`(terminations: Int) throws {
        let isInFlight = Milestone()
        let server = try ScriptedRuntimeAPI { api in
            let connection = try api.accept()
            try connection.refuseExtension()
            try connection.serveEvent("a", "late")
            isInFlight.reach()
            #expect(try connection.acceptResponse("a").text == "late")
            #expect(try connection.readRequest() == nil)  // no next
        }
        let probe = try ProbeProcess(port: server.port, ["PROBE_NAP_MS": "150"])
        isInFlight.wait()
        let start = SystemClock.uptime
        for number in 0..<terminations {
            // Behind the 20 ms in which an event may still be on its way.
            if number > 0 { usleep(40_000) }
            probe.terminate()
        }
        let (exitCode, log) = try probe.finish()
        #expect(SystemClock.uptime - start < .milliseconds(300))
        #expect(exitCode == 0)
        #expect(log.contains("woke up"))
        try server.finish()
    }

    @Test func `memory of one event serves the next`() throws {
        let events = [2, 4].map { String(repeating: "x", count: $0 * 1_024 * 1_024) }
        // The process lives until both counts are taken.
        let counts = (0..<2).map { _ in (reached: Milestone(), taken: Milestone()) }
        let server = try ScriptedRuntimeAPI { api in
            let connection = try api.accept()
            try connection.refuseExtension()
            for count in counts {
                for event in events {
                    try connection.serveEvent("a", event)
                    try connection.acceptResponse("a")
                    try connection.waitForBytes()
                }
                count.reached.reach()
                count.taken.wait()
            }
            try connection.stop()
        }
        let probe = try ProbeProcess(port: server.port)
        let pages = counts.map { count in
            count.reached.wait()
            defer { count.taken.reach() }
            return Result { try probe.pageFaults() }
        }
        // The events have 1,536 pages, all of which the process had before.
        let faults = try pages[1].get() - pages[0].get()
        #expect(faults < 100, "\(faults) pages")
        _ = try probe.finish()
        try server.finish()
    }

    @Test func `an invocation that takes too long is given up but its lines are out`() throws {
        let isInFlight = Milestone()
        let server = try ScriptedRuntimeAPI { api in
            let connection = try api.accept()
            try connection.refuseExtension()
            try connection.serveEvent("a")
            isInFlight.reach()
            #expect(try connection.readRequest() == nil)
        }
        let probe = try ProbeProcess(port: server.port, ["PROBE_NAP_MS": "60000"])
        isInFlight.wait()
        let start = SystemClock.uptime
        probe.terminate()
        let (exitCode, log) = try probe.finish()
        #expect(SystemClock.uptime - start < .milliseconds(400))
        #expect(exitCode == 0)
        #expect(log.contains("going to sleep"))
        try server.finish()
    }

    /// Writing to it then raises SIGPIPE, of which a process dies unless it says otherwise.
    @Test func `a connection that is gone when the response is ready does not kill the process`() throws {
        let server = try ScriptedRuntimeAPI { api in
            let first = try api.accept()
            try first.refuseExtension()
            try first.serveEvent("a", "event")
            first.finishSending()
            first.reset()
            let second = try api.accept()
            #expect(try second.acceptResponse("a").text == "event")
            try second.stop()
        }
        let probe = try ProbeProcess(port: server.port, ["PROBE_NAP_MS": "50"])
        #expect(try probe.finish().exitCode == 1)
        try server.finish()
    }

    @Test func `a trap leaves a line that names the invocation`() throws {
        let server = try ScriptedRuntimeAPI { api in
            let connection = try api.accept()
            try connection.refuseExtension()
            try connection.serveEcho("a")
            try connection.serveEvent("the-id", "crash")
            #expect(try connection.readRequest() == nil)
        }
        let probe = try ProbeProcess(port: server.port, ["AWS_LAMBDA_FUNCTION_NAME": "probe \"1\""])
        let (exitCode, log) = try probe.finish()
        try server.finish()
        #expect(exitCode < 0)
        let lines = log.split(separator: "\n")
        let last = try #require(lines.last)
        let members = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: String])
        #expect(members["level"] == "FATAL")
        #expect(members["function_request_id"] == "the-id")
        #expect(members["requestId"] == "the-id")
        #expect(members["function_name"] == "probe \"1\"")
        #expect(members["message"]?.contains("SIG") == true)
        #expect(members["timestamp"]?.utf8.count == 24)
        // What was only collected when it crashed comes first.
        #expect(lines.contains { $0.contains("about to crash") })
    }

    /// Each of the probe's words, at every place around the blocks in which it searches.
    @Test(arguments: ["fail-before", "none", "ctx", "big"])
    func `the probe finds its word anywhere`(word: String) throws {
        let places = [0, 1, 57, 58, 59, 60, 61, 62, 63, 64, 65, 126, 200]
        let server = try ScriptedRuntimeAPI { api in
            let connection = try api.accept()
            try connection.refuseExtension()
            for (index, place) in places.enumerated() {
                let event = String(repeating: "bcfn", count: 50).prefix(place) + word + " and more"
                try connection.serveEvent("id-\(index)", String(event))
                let answer = try #require(try connection.readRequest())
                connection.answer("202 Accepted")
                switch word {
                case "fail-before": #expect(answer.path == ScriptedConnection.error("id-\(index)"))
                case "none": #expect(answer.body.isEmpty)
                case "ctx": #expect(answer.text.contains("requestId"))
                default: #expect(answer.body.count == 7 * 1_024 * 1_024)
                }
            }
            try connection.stop()
        }
        #expect(try ProbeProcess(port: server.port).finish().exitCode == 1)
        try server.finish()
    }

    @Test func `an initialization error is reported before the process ends`() throws {
        let server = try ScriptedRuntimeAPI { api in
            let connection = try api.accept()
            let report = try connection.expect(ScriptedConnection.initializationError)
            #expect(report.headers["lambda-runtime-function-error-type"] == "Runtime.ConfigurationError")
            #expect(report.text.contains("AWS_LAMBDA_MAX_CONCURRENCY must be a whole number"))
            connection.answer("202 Accepted")
            #expect(try connection.readRequest() == nil)
        }
        let (exitCode, log) = try ProbeProcess(port: server.port, ["AWS_LAMBDA_MAX_CONCURRENCY": "many"]).finish()
        try server.finish()
        #expect(exitCode == 1)
        #expect(log.contains("the function cannot start"))
    }

    @Test func `a server that is not there ends it`() throws {
        let server = try ScriptedRuntimeAPI { _ in }
        try server.finish()
        let (exitCode, log) = try ProbeProcess(port: server.port).finish()
        #expect(exitCode == 1)
        #expect(log.contains("giving up"))
    }

    @Test func `managed instances get a connection per loop`() throws {
        let server = try ScriptedRuntimeAPI { api in
            let first = try api.accept()
            try first.refuseExtension()
            let connections = try [first] + (1...3).map { _ in try api.accept() }
            // All four are in flight together.
            for (index, connection) in connections.enumerated() { try connection.serveEvent("id-\(index)", "\(index)") }
            for (index, connection) in connections.enumerated().reversed() {
                #expect(try connection.acceptResponse("id-\(index)").text == "\(index)")
            }
            try first.stop()
        }
        #expect(try ProbeProcess(port: server.port, ["AWS_LAMBDA_MAX_CONCURRENCY": "4"]).finish().exitCode == 1)
        try server.finish()
    }

    @Test func `loops get more files than is usual where the kernel allows it`() throws {
        let server = try ScriptedRuntimeAPI { api in
            let first = try api.accept()
            try first.refuseExtension()
            let connections = try [first] + (1..<30).map { _ in try api.accept() }
            for connection in connections.dropFirst() { try connection.expect(ScriptedConnection.next) }
            try first.stop()
        }
        let concurrency = ["AWS_LAMBDA_MAX_CONCURRENCY": "30"]
        #expect(try ProbeProcess(port: server.port, concurrency, limits: "ulimit -Sn 64;").finish().exitCode == 1)
        try server.finish()
    }

    @Test func `more loops than there are files for is an initialization error`() throws {
        let server = try ScriptedRuntimeAPI { api in
            let connection = try api.accept()
            let report = try connection.expect(ScriptedConnection.initializationError)
            #expect(report.headers["lambda-runtime-function-error-type"] == "Runtime.ConfigurationError")
            #expect(report.text.contains("AWS_LAMBDA_MAX_CONCURRENCY=1600 takes 4832 file descriptors"))
            #expect(report.text.contains("may have 64: lower"))
            connection.answer("202 Accepted")
            #expect(try connection.readRequest() == nil)
        }
        let concurrency = ["AWS_LAMBDA_MAX_CONCURRENCY": "1600"]
        let (exitCode, log) = try ProbeProcess(port: server.port, concurrency, limits: "ulimit -n 64;").finish()
        try server.finish()
        #expect(exitCode == 1)
        #expect(log.contains("the function cannot start"))
    }

    @Test func `a termination drains every loop`() throws {
        let isInFlight = Milestone()
        let server = try ScriptedRuntimeAPI { api in
            let first = try api.accept()
            try first.refuseExtension()
            let second = try api.accept()
            try first.expect(ScriptedConnection.next)
            try second.serveEvent("b")
            isInFlight.reach()
            try second.acceptResponse("b")
            #expect(try second.readRequest() == nil)
        }
        let probe = try ProbeProcess(port: server.port, ["AWS_LAMBDA_MAX_CONCURRENCY": "2", "PROBE_NAP_MS": "50"])
        isInFlight.wait()
        let start = SystemClock.uptime
        probe.terminate()
        #expect(try probe.finish().exitCode == 0)
        #expect(SystemClock.uptime - start < .milliseconds(220))
        try server.finish()
    }

    /// Answers the registration and gives the connection on which the extension waits.
    private static func acceptExtension(
        _ runtime: ScriptedConnection,
        _ api: ScriptedRuntimeAPI
    ) throws -> ScriptedConnection {
        let registration = try runtime.expect(ScriptedConnection.register)
        #expect(registration.text == #"{"events":[]}"#)
        #expect(registration.headers["lambda-extension-name"]?.isEmpty == false)
        runtime.answer("200 OK", headers: ["Lambda-Extension-Identifier: the-extension"])
        let connection = try api.accept()
        let wait = try connection.expect("/2020-01-01/extension/event/next")
        #expect(wait.headers["lambda-extension-identifier"] == "the-extension")
        return connection
    }
}

/// Something one thread waits for another to reach.
private final class Milestone: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func reach() { self.semaphore.signal() }
    func wait() { _ = self.semaphore.wait(timeout: .now() + 20) }
}
