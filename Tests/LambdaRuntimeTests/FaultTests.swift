import LambdaRuntime
import Testing

/// Every row of the fault table in docs/runtime.md.
///
/// After a fault that can be survived, the next invocation must be answered correctly, on the loop that had the fault.
@Suite struct FaultTests {
    // MARK: Answers to a response

    @Test(arguments: ["400 Bad Request", "403 Forbidden", "410 Gone", "413 Request Entity Too Large", "429 Slow down"])
    func `a refused response ends only its invocation`(status: String) throws {
        let run = try LoopRun { api in
            let connection = try api.accept()
            try connection.serveEvent("a")
            try connection.expect(ScriptedConnection.response("a"))
            connection.answer(status, body: Array(#"{"errorType":"x"}"#.utf8))
            try connection.serveEcho("b")
            try connection.stop()
        }
        let line = try #require(run.log.lines.first)
        #expect(line.contains(#""level":"ERROR""#))
        #expect(line.contains(#""function_request_id":"a""#))
        #expect(line.contains(String(status.prefix(3))))
    }

    @Test func `a response that is too large is named in the log and not reported again`() throws {
        let run = try LoopRun { api in
            let connection = try api.accept()
            try connection.serveEvent("a")
            try connection.expect(ScriptedConnection.response("a"))
            connection.answer("413 Request Entity Too Large")
            try connection.stop()  // the next call is `next`, not `error`
        }
        #expect(run.log.lines.first?.contains(#""exception_name":"Function.ResponseSizeTooLarge""#) == true)
    }

    @Test(arguments: ["500 Internal Server Error", "503 Service Unavailable"])
    func `a container error for a response ends the process`(status: String) throws {
        let run = try LoopRun { api in
            let connection = try api.accept()
            try connection.serveEvent("a")
            try connection.expect(ScriptedConnection.response("a"))
            connection.answer(status)
            #expect(try connection.readRequest() == nil)
        }
        #expect(run.exitCode == 1)
        #expect(run.log.lines.last?.contains(#""level":"FATAL""#) == true)
    }

    // MARK: Answers to next

    @Test func `a container error for next ends the process`() throws {
        let run = try LoopRun { api in
            try api.accept().stop()
        }
        #expect(run.exitCode == 1)
        #expect(run.log.lines.last?.contains("500") == true)
    }

    @Test(arguments: ["403 Forbidden", "404 Not Found", "502 Bad Gateway", "204 No Content"])
    func `another answer to next is tried again`(status: String) throws {
        let run = try LoopRun { api in
            let connection = try api.accept()
            for _ in 1...3 {
                try connection.expect(ScriptedConnection.next)
                connection.send("HTTP/1.1 \(status)\r\n\(status.hasPrefix("204") ? "" : "Content-Length: 0\r\n")\r\n")
            }
            try connection.serveEcho("b")
            try connection.stop()
        }
        #expect(run.log.lines.filter { $0.contains(#""level":"WARN""#) }.count == 3)
    }

    @Test func `a server that always refuses next is given up`() throws {
        let run = try LoopRun { api in
            let connection = try api.accept()
            var calls = 0
            while try connection.readRequest() != nil {
                calls += 1
                connection.answer("403 Forbidden")
            }
            #expect(calls == 8)
        }
        #expect(run.exitCode == 1)
    }

    @Test func `an event without a request id is skipped`() throws {
        let run = try LoopRun { api in
            let connection = try api.accept()
            try connection.expect(ScriptedConnection.next)
            connection.answer("200 OK", body: Array("lost".utf8))
            try connection.serveEcho("b")
            try connection.stop()
        }
        #expect(run.log.lines.first?.contains("Lambda-Runtime-Aws-Request-Id") == true)
    }

    @Test(arguments: ["", "-1", "x", "1e3", "99999999999999999999", "9223372036854775807"])
    func `a deadline that is no instant does not stop the event`(deadline: String) throws {
        _ = try LoopRun { api in
            let connection = try api.accept()
            try connection.serveEvent("a", "x", headers: ["Lambda-Runtime-Deadline-Ms: \(deadline)"])
            #expect(try connection.acceptResponse("a").text == "x")
            try connection.stop()
        }
    }

    @Test(arguments: [
        "garbage\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
    ])
    func `an answer that is not HTTP is tried again on a new connection`(answer: String) throws {
        _ = try LoopRun { api in
            let first = try api.accept()
            try first.expect(ScriptedConnection.next)
            first.send(answer)
            let second = try api.accept()
            try second.serveEcho("b")
            try second.stop()
        }
    }

    // MARK: Connections

    @Test func `a connection that is dropped during next is made again`() throws {
        _ = try LoopRun { api in
            for _ in 1...3 {
                let connection = try api.accept()
                try connection.expect(ScriptedConnection.next)
                connection.close()
            }
            let connection = try api.accept()
            try connection.serveEcho("b")
            try connection.stop()
        }
    }

    @Test func `a connection that is reset during next is made again`() throws {
        _ = try LoopRun { api in
            let connection = try api.accept()
            try connection.expect(ScriptedConnection.next)
            connection.reset()
            let second = try api.accept()
            try second.serveEcho("b")
            try second.stop()
        }
    }

    @Test func `an event that is cut short is asked for again`() throws {
        _ = try LoopRun { api in
            for part in ["HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Re", "", "half", String(repeating: "x", count: 90_000)]
            {
                let connection = try api.accept()
                try connection.expect(ScriptedConnection.next)
                let isHead = part.hasPrefix("HTTP")
                let head = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\nContent-Length: 100000\r\n\r\n"
                connection.send(isHead ? part : head + part)
                connection.close()
            }
            let connection = try api.accept()
            try connection.serveEcho("a")
            try connection.stop()
        }
    }

    @Test func `a connection closed after the event is made again for the response`() throws {
        _ = try LoopRun { api in
            for id in ["a", "b", "c"] {
                let first = try api.accept()
                try first.serveEvent(id, "event \(id)")
                first.close()
                let second = try api.accept()
                #expect(try second.acceptResponse(id).text == "event \(id)")
                second.close()
            }
            let last = try api.accept()
            try last.serveEcho("d")
            try last.stop()
        }
    }

    @Test func `a connection that is closed with the response unread is made again`() throws {
        _ = try LoopRun { api in
            let first = try api.accept()
            try first.serveEvent("a", "event")
            // The response is in the server's memory, unread, when it closes.
            try first.waitForBytes()
            first.close()
            let second = try api.accept()
            #expect(try second.acceptResponse("a").text == "event")
            try second.stop()
        }
    }

    @Test func `a server that resets every response gets it twice at most`() throws {
        let run = try LoopRun { api in
            let first = try api.accept()
            try first.serveEvent("a", "event")
            try first.expect(ScriptedConnection.response("a"))
            first.reset()
            let second = try api.accept()
            try second.expect(ScriptedConnection.response("a"))
            second.reset()
            let last = try api.accept()
            try last.serveEcho("b")
            try last.stop()
        }
        #expect(run.log.lines.contains { $0.contains("not sent again") && $0.contains(#""function_request_id":"a""#) })
    }

    @Test func `a response that the server read is never sent again`() throws {
        let run = try LoopRun { api in
            let first = try api.accept()
            try first.serveEvent("a")
            try first.expect(ScriptedConnection.response("a"))
            first.close()
            let second = try api.accept()
            try second.serveEcho("b")  // `next`, not the response again
            try second.stop()
        }
        #expect(run.log.lines.first?.contains("not sent again") == true)
    }

    @Test func `an event that nobody asked for does not pass for an answer`() throws {
        let run = try LoopRun { api in
            let first = try api.accept()
            try first.serveEvent("a")
            try first.expect(ScriptedConnection.response("a"))
            first.answer("200 OK", headers: ["Lambda-Runtime-Aws-Request-Id: b"], body: Array("{}".utf8))
            let second = try api.accept()
            try second.serveEcho("c")
            try second.stop()
        }
        #expect(run.log.lines.first?.contains("an event instead of its answer") == true)
    }

    @Test(arguments: [["Connection: close"], ["connection: Keep-Alive, CLOSE"]])
    func `a server that closes with every answer is served all the same`(headers: [String]) throws {
        _ = try LoopRun { api in
            for id in ["a", "b"] {
                let first = try api.accept()
                try first.serveEvent(id, "x", headers: headers)
                first.close()
                let second = try api.accept()
                try second.expect(ScriptedConnection.response(id))
                second.answer("202 Accepted", headers: headers)
                second.close()
            }
            try api.accept().stop()
        }
    }

    @Test func `a connection that the server wants closed is not used again`() throws {
        _ = try LoopRun { api in
            let first = try api.accept()
            try first.serveEvent("a", "x", headers: ["Connection: close"])
            // The server leaves it to the client to close.
            let second = try api.accept()
            try second.acceptResponse("a")
            #expect(try first.readRequest() == nil)
            try second.stop()
        }
    }

    @Test func `a server that does not answer a response is left for a new connection`() throws {
        let run = try LoopRun(patience: .milliseconds(50)) { api in
            let first = try api.accept()
            try first.serveEvent("a")
            try first.expect(ScriptedConnection.response("a"))
            let second = try api.accept()
            try second.serveEcho("b")
            try second.stop()
        }
        #expect(run.log.lines.first?.contains("in time") == true)
    }

    @Test func `next waits for as long as it takes`() throws {
        _ = try LoopRun(patience: .milliseconds(5)) { api in
            let connection = try api.accept()
            try connection.expect(ScriptedConnection.next)
            // Nothing else may come while the runtime waits, over many times its patience.
            #expect(try !connection.hasBytes(within: 60))
            connection.answer("200 OK", headers: ["Lambda-Runtime-Aws-Request-Id: a"])
            try connection.acceptResponse("a")
            try connection.stop()
        }
    }

    @Test func `a Runtime API that is gone ends the process`() throws {
        let run = try LoopRun { api in
            let connection = try api.accept()
            try connection.serveEcho("a")
            api.stopListening()
            connection.close()
        }
        #expect(run.exitCode == 1)
        #expect(run.log.lines.last?.contains("giving up") == true)
    }

    @Test func `a Runtime API that is gone before the response ends the process`() throws {
        let run = try LoopRun { api in
            let connection = try api.accept()
            try connection.expect(ScriptedConnection.next)
            api.stopListening()
            connection.answer("200 OK", headers: ["Lambda-Runtime-Aws-Request-Id: a", "Connection: close"])
            connection.close()
        }
        #expect(run.exitCode == 1)
        #expect(run.log.lines.last?.contains("a response is lost") == true)
    }

    // MARK: Sizes and encodings

    @Test(arguments: [1, 16 * 1_024, 6 * 1_024 * 1_024 + 90, 6_291_556])
    func `large events and responses pass whole`(size: Int) throws {
        let event = Self.bytes(size)
        _ = try LoopRun { api in
            let connection = try api.accept()
            try connection.expect(ScriptedConnection.next)
            connection.answer("200 OK", headers: ["Lambda-Runtime-Aws-Request-Id: a"], body: event)
            #expect(try connection.acceptResponse("a").body == event)
            try connection.serveEcho("b")
            try connection.stop()
        }
    }

    @Test(arguments: [1, 7, 4_096, 20_000])
    func `chunked events pass whole`(chunk: Int) throws {
        let event = Self.bytes(20_000)
        _ = try LoopRun { api in
            let connection = try api.accept()
            try connection.expect(ScriptedConnection.next)
            connection.send(
                "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            var bytes: [UInt8] = []
            for start in stride(from: 0, to: event.count, by: chunk) {
                let piece = event[start..<min(start + chunk, event.count)]
                bytes += Array("\(String(piece.count, radix: 16));name=value\r\n".utf8) + piece + Array("\r\n".utf8)
            }
            connection.send(bytes + Array("0\r\nTrailer: x\r\n\r\n".utf8))
            #expect(try connection.acceptResponse("a").body == event)
            try connection.stop()
        }
    }

    @Test func `an event may end with its connection`() throws {
        _ = try LoopRun { api in
            let first = try api.accept()
            try first.expect(ScriptedConnection.next)
            first.send("HTTP/1.0 200 OK\r\nLambda-Runtime-Aws-Request-Id: a\r\n\r\nold")
            first.close()
            let second = try api.accept()
            #expect(try second.acceptResponse("a").text == "old")
            try second.stop()
        }
    }

    @Test func `a server that answers before it has read the response is understood`() throws {
        let run = try LoopRun(ClosureHandler { _, _ in Array(repeating: 0x20, count: 16 * 1_024 * 1_024) }) { api in
            let first = try api.accept()
            try first.serveEvent("a")
            try first.waitForBytes()
            first.answer("413 Request Entity Too Large", headers: ["Connection: close"])
            first.finishSending()
            while try first.readSome(keeping: false) {}
            try api.accept().stop()
        }
        #expect(run.log.lines.first?.contains("ResponseSizeTooLarge") == true)
    }

    /// Bytes of every value, whose pattern does not repeat where buffers end.
    private static func bytes(_ count: Int) -> [UInt8] {
        let pattern = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        var result: [UInt8] = []
        while result.count < count { result.append(contentsOf: pattern.prefix(count - result.count)) }
        return result
    }

    @Test func `an answer is read though the server has closed with the response unread`() throws {
        let run = try LoopRun(ClosureHandler { _, _ in Array(repeating: 0x20, count: 16 * 1_024 * 1_024) }) { api in
            let first = try api.accept()
            try first.serveEvent("a")
            try first.waitForBytes()
            first.answer("413 Request Entity Too Large", headers: ["Connection: close"])
            first.close()
            try api.accept().stop()  // not the response again
        }
        #expect(run.log.lines.first?.contains("ResponseSizeTooLarge") == true)
    }
}
