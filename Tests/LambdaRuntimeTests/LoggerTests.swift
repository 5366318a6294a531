import Foundation
import LambdaRuntime
import Platform
import Synchronization
import Testing

@Suite struct LoggerTests {
    @Test func `a line has the keys of Powertools`() {
        let log = LogRecorder()
        let output = log.output(LogConfiguration(service: "orders", functionName: "OrderWriter"))
        let logger = Logger(
            output: output,
            requestID: "r\"1",
            traceID: "Sampled=0;Root=1-67891233-abc;Parent=5",
            coldStart: false
        )
        logger.info("stored \"O1\"\n", ["count": 3, "ids": ["a", "b"], "text": "ü", "unknown": .absent])
        logger.flush()
        #expect(
            log.text == #"""
                {"level":"INFO","message":"stored \"O1\"\n","timestamp":"2023-11-14T22:13:20.000Z","service":"orders",\#
                "function_name":"OrderWriter","cold_start":false,"function_request_id":"r\"1","requestId":"r\"1",\#
                "xray_trace_id":"1-67891233-abc","count":3,"ids":["a","b"],"text":"ü"}

                """#
        )
    }

    @Test(arguments: [
        ("Root=1-a", "1-a"), ("Parent=5;Root=", ""), ("Parent=1;;Root=1-b", "1-b"), ("no root", "no root"),
        ("Parent=1;Roo", "Parent=1;Roo"), ("", ""),
    ])
    func `a trace is named by its root`(traceID: String, name: String) {
        let log = LogRecorder()
        Logger(output: log.output(), requestID: "r", traceID: traceID, coldStart: false).warn("m")
        #expect(log.text.contains(#""xray_trace_id":"\#(name)"}"#))
    }

    @Test(arguments: [0, 1, 3, 6, 7, 8, 20])
    func `what is too long is masked before it is cut`(kept: Int) {
        let log = LogRecorder()
        let text = String(repeating: "x", count: 32 * 1_024 - kept - 1) + " maria@example.com"
        Logger(output: log.output()).warn("m", ["text": .string(text)])
        #expect(!log.text.contains(" m"))
        #expect(log.text.utf8.count < 33 * 1_024)
    }

    @Test func `every line has its own time`() {
        let instants = [
            0, 999_999, 1_000_000, 1_999_999, 1_000_000, -1, 0, 1_700_000_000_648_000_000, 1_700_000_000_648_999_999,
        ].map { UTCInstant(nanosecondsSince1970: $0) }
        for format in [LogConfiguration.Format.json, .text] {
            let log = LogRecorder()
            let rest = Mutex(instants[...])
            let output = log.output(LogConfiguration(format: format)) { rest.withLock { $0.removeFirst() } }
            for _ in instants { Logger(output: output).warn("late") }
            #expect(log.lines.count == instants.count)
            for (line, instant) in zip(log.lines, instants) { #expect(line.contains(instant.iso8601)) }
        }
    }

    @Test func `text lines stay one line each`() {
        let log = LogRecorder()
        let output = log.output(LogConfiguration(format: .text))
        Logger(output: output, requestID: "r1", traceID: nil, coldStart: true).warn("a\nb\u{1}c", ["key": "v\n"])
        Logger(output: output).warn("start")
        #expect(
            log.text
                == "[WARN]\t2023-11-14T22:13:20.000Z\tr1\ta\\nb c\tkey=\"v\\n\"\n"
                + "[WARN]\t2023-11-14T22:13:20.000Z\t-\tstart\n"
        )
    }

    @Test func `lines below the level are not written`() {
        let log = LogRecorder()
        let logger = Logger(output: log.output(LogConfiguration(level: .warn)))
        logger.log(.debug, "no")
        logger.info("no")
        logger.warn("yes")
        logger.error("yes")
        logger.flush()
        #expect(log.lines.count == 2)
        #expect(!logger.isEnabled(.info))
        #expect(logger.isEnabled(.warn))
    }

    @Test func `lines wait for a flush, a warning or a full buffer`() {
        let log = LogRecorder()
        let logger = Logger(output: log.output())
        logger.info("1")
        #expect(log.lines.isEmpty)
        logger.flush()
        #expect(log.lines.count == 1)
        logger.info("2")
        logger.warn("3")
        #expect(log.lines.count == 3)
        for _ in 0..<1_000 { logger.info("a line of some length, so that the buffer fills up") }
        #expect(log.lines.count > 500)
        logger.flush()
        #expect(log.lines.count == 1_003)
    }

    @Test func `a line longer than the buffer is written at once and cut`() throws {
        let log = LogRecorder()
        let logger = Logger(output: log.output())
        logger.info("before")
        logger.info(String(repeating: "\u{1}", count: 1_000_000))
        #expect(log.lines.count == 2)
        #expect(log.lines[1].utf8.count < 256 * 1_024)
        _ = try JSONSerialization.jsonObject(with: Data(log.lines[1].utf8))
    }

    @Test func `frames carry type, length and time`() {
        let log = LogRecorder()
        let output = log.output(LogConfiguration(format: .text, destination: .frames(9)))
        Logger(output: output).error("x")
        let line = Array("[ERROR]\t2023-11-14T22:13:20.000Z\t-\tx".utf8)
        // Text at the level of errors, the line's length, microseconds since 1970.
        let header: [UInt8] = [
            0xA5, 0x5A, 0, 0x17, 0, 0, 0, UInt8(line.count), 0, 0x06, 0x0A, 0x24, 0x18, 0x1E, 0x40, 0,
        ]
        #expect(log.content == header + line)
    }

    @Test(arguments: [
        (
            LogConfiguration.Format.json,
            [#""message":"for ***@test.com""#, #""who":"***@x.org""#, #""all":["***@y.z"]"#]
        ),
        (.text, ["\tfor ***@test.com\t", #"who="***@x.org""#, #"all=["***@y.z"]"#]),
    ])
    func `addresses are masked in messages and values`(format: LogConfiguration.Format, masked: [String]) {
        let log = LogRecorder()
        let logger = Logger(output: log.output(LogConfiguration(format: format)))
        logger.warn("for bob@test.com", ["who": "a.b+c@x.org", "all": ["x@y.z"]])
        #expect(!log.text.contains("bob@"))
        for text in masked { #expect(log.text.contains(text)) }
    }

    @Test(arguments: [LogConfiguration.Format.json, .text])
    func `Characters that cannot be seen are escaped`(format: LogConfiguration.Format) {
        let log = LogRecorder()
        let hidden = "a\u{85}b\u{2028}c\u{2029}d\u{202E}e\u{2066}f\u{7F}g\u{9B}h\u{200B}i\u{FEFF}ü\u{1F600}"
        Logger(output: log.output(LogConfiguration(format: format))).warn(hidden, ["name": .string(hidden)])
        let shown = #"a\u0085b\u2028c\u2029d\u202ee\u2066f\u007fg\u009bh\u200bi\ufeffü😀"#
        #expect(log.text.split(separator: shown, omittingEmptySubsequences: false).count == 3)
        #expect(log.lines.count == 1)
    }

    @Test(arguments: [
        (LogConfiguration.Format.json, [#""message":"of ***1111""#, #""order_id":"DE***""#]),
        (.text, ["\tof ***1111\t", #"order_id="DE***""#]),
    ])
    func `Numbers of cards and accounts are masked in messages and values`(
        format: LogConfiguration.Format,
        masked: [String]
    ) {
        let log = LogRecorder()
        let logger = Logger(output: log.output(LogConfiguration(format: format)))
        logger.warn("of 4111 1111 1111 1111", ["order_id": "DE89370400440532013000"])
        for text in masked { #expect(log.text.contains(text)) }
    }

    static let configurations: [(Environment, LogConfiguration)] = [
        ([:], LogConfiguration()),
        (["AWS_LAMBDA_LOG_FORMAT": "Text"], LogConfiguration(format: .text)),
        (["AWS_LAMBDA_LOG_FORMAT": "JSON"], LogConfiguration(format: .json)),
        (["AWS_LAMBDA_FUNCTION_NAME": "f"], LogConfiguration(service: "f", functionName: "f")),
        (
            ["AWS_LAMBDA_FUNCTION_NAME": "f", "POWERTOOLS_SERVICE_NAME": "s"],
            LogConfiguration(service: "s", functionName: "f")
        ),
        (["_LAMBDA_TELEMETRY_LOG_FD": "62"], LogConfiguration(destination: .frames(62))),
        (["_LAMBDA_TELEMETRY_LOG_FD": "x"], LogConfiguration()),
        // Not open for writing: a connection may get its number.
        (["_LAMBDA_TELEMETRY_LOG_FD": "63"], LogConfiguration()),
    ]

    @Test(arguments: configurations)
    func `reads the configuration`(environment: Environment, expected: LogConfiguration) {
        #expect(LogConfiguration(environment: environment, isWritable: { $0 == 62 }) == expected)
    }
}
