import Foundation
import JSONText
import OrdersCommand
import Platform
import Testing

@Suite struct InvocationTests {
    private static let environment = InvocationEnvironment(
        function: "OrderWriter",
        memorySize: 256,
        runtimeAPI: "127.0.0.1:9001",
        taskRoot: "/dist"
    )

    @Test func `later sources of a variable win, Lambda's own above all`() {
        let variables = Self.environment.variables(
            configured: ["A": "stack", "B": "stack", "C": "stack", "AWS_LAMBDA_RUNTIME_API": "stack"],
            caller: ["B": "caller", "C": "caller", "AWS_REGION": "eu-west-1"],
            overrides: ["C": "option", "AWS_LAMBDA_RUNTIME_API": "option", "TZ": "CET"]
        )
        #expect(variables["A"] == "stack" && variables["B"] == "caller" && variables["C"] == "option")
        #expect(variables["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:9001")
        #expect(variables["AWS_REGION"] == "eu-west-1" && variables["AWS_DEFAULT_REGION"] == "eu-west-1")
        #expect(variables["AWS_LAMBDA_FUNCTION_NAME"] == "OrderWriter")
        #expect(variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256")
        #expect(variables["TZ"] == "CET" && variables["LAMBDA_TASK_ROOT"] == "/dist")
    }

    @Test func `--env splits at the first equals sign`() throws {
        #expect(try InvocationEnvironment.overrides(["A=1", "B=x=y", "C="]) == ["A": "1", "B": "x=y", "C": ""])
    }

    @Test(arguments: ["A", "=x", ""])
    func `--env refuses what is no pair`(argument: String) {
        #expect(throws: ToolError.self) { try InvocationEnvironment.overrides([argument]) }
    }

    @Test func `an unknown function is bad use and lists the known ones`() throws {
        let project = try Project.locate(Environment([:]), from: URL(fileURLWithPath: #filePath))
        let error = #expect(throws: ToolError.self) { try project.checkFunction("OrderWritr") }
        #expect(error?.code.exitStatus == 2)
        let names = try project.functions
        #expect(names.contains("OrderWriter") && names.last == "RuntimeProbe")
        for name in names {
            #expect(error?.description.contains(name) == true)
            try project.checkFunction(name)
        }
    }

    @Test func `a fault in an event file is named by line and column`() throws {
        let bytes = Array("{\n \"ä\": [1,\n  x]}".utf8)
        let error = #expect(throws: JSONError.self) { try JSONReader.read(bytes) { _ = try $0.skip() } }
        let text = try JSONFile.describe(#require(error), in: bytes, of: "e.json")
        #expect(text.hasPrefix("e.json:3:3: not valid JSON"))
        let read = try JSONFile.describe(#require(error), in: bytes, of: "-")
        #expect(read.hasPrefix("standard input:3:3: not valid JSON"))
    }

    @Test func `a byte order mark is no part of a file that the user names, and a second one is no JSON`() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("\u{FEFF}{\"a\":1}\n".utf8).write(to: file)
        let text = Array("{\"a\":1}\n".utf8)
        #expect(try InputFile.text(file.path, limit: 100) == text)
        #expect(try JSONFile.read(file.path, limits: .standard) == text)
        try Data("\u{FEFF}\u{FEFF}{\"a\":1}\n".utf8).write(to: file)
        #expect(throws: ToolError.self) { try JSONFile.read(file.path, limits: .standard) }
    }

    @Test func `a missing event file says where samples are`() {
        let error = #expect(throws: ToolError.self) { try InputFile.bytes("/nonexistent/e.json", limit: 1) }
        #expect(error?.code == .badUse && error?.description.contains("events/") == true)
    }

    @Test func `the report has Lambda's form`() {
        let report = InvocationReport(
            requestID: "r",
            duration: .microseconds(1_930),
            initialization: .microseconds(3_204),
            memorySize: 256,
            peakMemory: 10_241
        )
        #expect(
            report.description
                == "REPORT RequestId: r\tDuration: 1.93 ms\tBilled Duration: 6 ms\tMemory Size: 256 MB\t"
                + "Max Memory Used: 11 MB\tInit Duration: 3.20 ms"
        )
    }

    @Test(arguments: [
        (0, "exit status 0"), (3 << 8, "exit status 3"), (9, "signal 9 (killed)"), (134, "signal 6 (abort)"),
    ])
    func `reads how a process ended`(status: Int32, text: String) {
        #expect(ExitStatus(waitStatus: status).description == text)
    }

    @Test func `only an answer is no failure`() {
        #expect(InvocationOutcome.answered([]).failure == nil)
        let failures: [InvocationOutcome] = [
            .functionError([], type: "Function.X"), .initializationError([], type: nil), .responseTooLarge(bytes: 7),
            .timedOut(seconds: 1), .initializationTimedOut(seconds: 10), .exited(.code(0)),
        ]
        #expect(failures.allSatisfy { $0.failure != nil })
    }
}
