import Glibc
import LambdaRuntime
import Platform
import Testing

/// Invocations as they should go.
@Suite struct InvocationTests {
    @Test func `an event is answered with what the handler returns`() throws {
        let run = try LoopRun(ClosureHandler { event, _ in Array("<".utf8) + event + Array(">".utf8) }) { api in
            let connection = try api.accept()
            try connection.serveEvent("a", "one")
            let request = try connection.acceptResponse("a")
            #expect(request.method == "POST")
            #expect(request.text == "<one>")
            #expect(request.headers["content-type"] == "application/json")
            try connection.serveEvent("b", "")
            #expect(try connection.acceptResponse("b").text == "<>")
            try connection.stop()
        }
        #expect(run.exitCode == 1)
    }

    @Test func `the context holds every header of the contract`() throws {
        _ = try LoopRun(ClosureHandler { _, context in context.json }) { api in
            let connection = try api.accept()
            try connection.serveEvent(
                "a",
                headers: [
                    "Lambda-Runtime-Deadline-Ms: 1700000000123",
                    "lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-1:123456789012:function:f",
                    "LAMBDA-RUNTIME-TRACE-ID:Root=1-5-2;Parent=3;Sampled=1  ",
                    #"Lambda-Runtime-Client-Context: {"client":{"app_title":"x"}}"#,
                    #"Lambda-Runtime-Cognito-Identity: {"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}"#,
                    "Lambda-Runtime-Aws-Tenant-Id: tenant",
                    "Lambda-Runtime-Invocation-Id: invocation",
                ]
            )
            let request = try connection.acceptResponse("a")
            #expect(
                request.text == #"""
                    {"requestId":"a","deadlineMs":1700000000123,\#
                    "invokedFunctionArn":"arn:aws:lambda:eu-west-1:123456789012:function:f",\#
                    "traceId":"Root=1-5-2;Parent=3;Sampled=1","tenantId":"tenant","invocationId":"invocation",\#
                    "clientContext":"{\"client\":{\"app_title\":\"x\"}}",\#
                    "cognitoIdentity":"{\"cognitoIdentityId\":\"i\",\"cognitoIdentityPoolId\":\"p\"}",\#
                    "coldStart":true}
                    """#
            )
            #expect(request.headers["lambda-runtime-invocation-id"] == "invocation")
            try connection.serveEvent("b")
            let second = try connection.acceptResponse("b")
            #expect(
                second.text == #"""
                    {"requestId":"b","deadlineMs":null,"invokedFunctionArn":null,"traceId":null,"tenantId":null,\#
                    "invocationId":null,"clientContext":null,"cognitoIdentity":null,"coldStart":false}
                    """#
            )
            #expect(second.headers["lambda-runtime-invocation-id"] == nil)
            try connection.stop()
        }
    }

    @Test func `the trace variable follows the invocation`() throws {
        let handler = ClosureHandler { _, _ in
            Array((getenv("_X_AMZN_TRACE_ID").map { String(cString: $0) } ?? "unset").utf8)
        }
        _ = try LoopRun(handler, setsTraceVariable: true) { api in
            let connection = try api.accept()
            let long = String(repeating: "x", count: 2_000)
            for (index, trace) in ["Root=1-a", nil, long, "Root=1-b", nil].enumerated() {
                let headers = trace.map { ["Lambda-Runtime-Trace-Id: \($0)"] } ?? []
                try connection.serveEvent("id-\(index)", headers: headers)
                #expect(try connection.acceptResponse("id-\(index)").text == trace ?? "unset")
            }
            try connection.stop()
        }
        #expect(getenv("_X_AMZN_TRACE_ID") == nil)
    }

    @Test func `the trace is a value of the handler's tasks`() throws {
        let handler = ClosureHandler { _, _ in
            async let child = TraceContext.current?.xRayHeader ?? "unset"
            return Array("\(TraceContext.current?.xRayHeader ?? "unset") \(await child)".utf8)
        }
        _ = try LoopRun(handler) { api in
            let connection = try api.accept()
            for (index, trace) in ["Root=1-a;Parent=5;Sampled=1", nil].enumerated() {
                let headers = trace.map { ["Lambda-Runtime-Trace-Id: \($0)"] } ?? []
                try connection.serveEvent("id-\(index)", headers: headers)
                let named = trace ?? "unset"
                #expect(try connection.acceptResponse("id-\(index)").text == "\(named) \(named)")
            }
            try connection.stop()
        }
        #expect(TraceContext.current == nil)
    }

    @Test func `a handler may wait and run things side by side`() throws {
        _ = try LoopRun(
            ClosureHandler { event, _ in
                await withTaskGroup(of: Int.self) { group in
                    for number in 1...20 {
                        group.addTask {
                            await Task.yield(); return number
                        }
                    }
                    return Array(String(await group.reduce(0, +)).utf8)
                }
            }
        ) { api in
            let connection = try api.accept()
            try connection.serveEvent("a")
            #expect(try connection.acceptResponse("a").text == "210")
            try connection.stop()
        }
    }

    @Test func `lines of an invocation are out before its response`() throws {
        let log = LogRecorder()
        let output = log.output()
        let server = try ScriptedRuntimeAPI { api in
            let connection = try api.accept()
            try connection.serveEvent("a", headers: ["Lambda-Runtime-Trace-Id: Root=1-abc;Parent=2"])
            try connection.expect(ScriptedConnection.response("a"))
            #expect(log.lines.count == 1)
            connection.answer("202 Accepted")
            try connection.stop()
        }
        let handler = ClosureHandler { event, context in
            context.logger.info("wrote", ["count": 2])
            return event
        }
        let loop = InvocationLoop(
            handler: handler,
            connection: RuntimeAPIConnection(address: RuntimeAPIAddress(host: "127.0.0.1", port: server.port)),
            loop: EventLoop(),
            output: output
        )
        _ = try loop.run()
        try server.finish()
        #expect(
            log.lines.first == #"""
                {"level":"INFO","message":"wrote","timestamp":"2023-11-14T22:13:20.000Z","cold_start":true,\#
                "function_request_id":"a","requestId":"a","xray_trace_id":"1-abc","count":2}
                """#
        )
    }
}
