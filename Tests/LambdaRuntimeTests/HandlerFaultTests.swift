import LambdaRuntime
import Testing

/// The row of the fault table in docs/runtime.md that begins in a handler, not at the Runtime API.
@Suite struct HandlerFaultTests {
    @Test func `a handler that throws is reported and the next event served`() throws {
        struct OrderDecodingError: Error {}
        let handler = ClosureHandler { event, _ in
            if event == Array("bad".utf8) { throw OrderDecodingError() }
            return event
        }
        let run = try LoopRun(handler) { api in
            let connection = try api.accept()
            try connection.serveEvent("a", "bad", headers: ["Lambda-Runtime-Invocation-Id: i"])
            let report = try connection.expect(ScriptedConnection.error("a"))
            #expect(report.headers["lambda-runtime-function-error-type"] == "Function.OrderDecodingError")
            #expect(report.headers["lambda-runtime-invocation-id"] == "i")
            #expect(
                report.text
                    == #"{"errorMessage":"OrderDecodingError()","errorType":"Function.OrderDecodingError","stackTrace":[]}"#
            )
            connection.answer("202 Accepted")
            try connection.serveEcho("b")
            try connection.stop()
        }
        #expect(run.log.lines.first?.contains(#""exception_name":"Function.OrderDecodingError""#) == true)
    }
}
