internal import Glibc
package import Platform

/// Runs the invocations of one loop, one after the other: asks for an event, calls the handler, posts its answer.
///
/// `RuntimeLoopMachine` decides what to do about faults; the loop carries it out.
package final class InvocationLoop<Handler: LambdaHandler>: @unchecked Sendable {  // confined to the thread of `loop`
    private let handler: Handler
    private let connection: RuntimeAPIConnection
    private let loop: EventLoop
    private let output: LogOutput
    private let logger: Logger
    private let status: UnsafeMutablePointer<LoopStatus>
    private let traceVariable: TraceVariable?
    private let workingDirectory: String
    private var machine: RuntimeLoopMachine
    private let random = SystemRandom()
    private var isFirst = true
    /// From the event until the next one is asked for: what goes wrong with a response belongs to its invocation.
    private var invocation: Invocation?

    /// What one invocation has, and nothing of the one before.
    private struct Invocation {
        /// What the handler came to.
        enum Result {
            case response([UInt8])
            case failure(ErrorReport)
        }

        let context: InvocationContext
        private var event: [UInt8]
        /// Nil until the handler has returned or thrown.
        var result: Result?

        init(context: InvocationContext, event: [UInt8]) {
            self.context = context
            self.event = event
        }

        /// Hands the event over, so that the handler is its only owner.
        mutating func takeEvent() -> (InvocationContext, [UInt8]) {
            var event: [UInt8] = []
            swap(&event, &self.event)
            return (self.context, event)
        }
    }

    /// A loop that serves `handler` over `connection`, on the thread that calls `run`.
    package init(
        handler: Handler,
        connection: RuntimeAPIConnection,
        loop: EventLoop,
        output: LogOutput,
        options: InvocationLoopOptions = InvocationLoopOptions()
    ) {
        self.handler = handler
        self.connection = connection
        self.loop = loop
        self.output = output
        self.logger = Logger(output: output)
        self.status = .allocate(capacity: 1)
        self.status.initialize(to: LoopStatus(output: output))
        self.traceVariable = options.setsTraceVariable ? TraceVariable() : nil
        self.workingDirectory = options.workingDirectory
        self.machine = RuntimeLoopMachine(backoff: options.backoff)
        let status = self.status
        connection.observer.descriptorChanged = { status.pointee.descriptor = $0 }
        connection.observer.answerBegins = {
            // If SIGTERM found nothing in flight, the process ends, now or when its other loops are done.
            if !status.pointee.becomeBusy() { while true { Glibc.pause() } }
        }
        loop.beforeWaiting { output.flush() }
    }

    deinit {
        self.status.deinitialize(count: 1)
        self.status.deallocate()
    }

    /// What a signal handler watches.
    ///
    /// It lives as long as the loop, which in a process is for ever.
    package var statusForSignalHandler: UnsafeMutablePointer<LoopStatus> { self.status }

    /// Runs until there is a reason to end the process, and gives its exit code.
    ///
    /// Called by the loop's own thread.
    package func run() throws -> Int32 {
        self.status.pointee.adoptThread()
        return try self.loop.run { await self.serve() }
    }

    private nonisolated(nonsending) func serve() async -> Int32 {
        var event = RuntimeLoopMachine.Event.started
        while true {
            let decision = self.machine.react(to: event, random: self.random)
            if let notice = decision.notice { self.log(notice) }
            switch decision.action {
            case .requestNext(let delay):
                self.output.flush()
                guard self.status.pointee.becomeIdle() else {
                    event = .drained
                    continue
                }
                // A response can be megabytes.
                self.invocation = nil
                self.status.pointee.note(requestID: "")
                if delay > .zero { await self.pause(delay) }
                event = self.requestNext()
            case .invoke:
                await self.invoke()
                event = .handled
            case .post(let delay):
                self.output.flush()
                if delay > .zero { await self.pause(delay) }
                event = self.post()
            case .stop(let exitCode):
                self.output.flush()
                return exitCode
            }
        }
    }

    private func log(_ notice: RuntimeLoopMachine.Notice) {
        let logger = self.invocation?.context.logger ?? self.logger
        if let errorType = notice.errorType {
            logger.log(notice.level, notice.message, ["exception_name": .string(errorType)])
        } else {
            logger.log(notice.level, notice.message)
        }
    }

    private nonisolated(nonsending) func pause(_ duration: Duration) async {
        // Nobody cancels the loop's own task, which is the only reason for sleep to throw.
        try? await self.loop.sleep(for: duration)
    }

    private func requestNext() -> RuntimeLoopMachine.Event {
        do throws(ConnectionFailure) {
            let status = try self.connection.get(.next)
            let requestID = self.connection.head["lambda-runtime-aws-request-id"] ?? ""
            let event = self.connection.takeBody()
            if status == 200, !requestID.isEmpty {
                self.invocation = Invocation(context: self.makeContext(requestID), event: event)
            }
            return .nextAnswered(status: status, hasRequestID: !requestID.isEmpty)
        } catch {
            return .nextFailed(error)
        }
    }

    private func makeContext(_ requestID: String) -> InvocationContext {
        let head = self.connection.head
        let traceID = head["lambda-runtime-trace-id"]
        let coldStart = self.isFirst
        self.isFirst = false
        return InvocationContext(
            requestID: requestID,
            deadline: head.integer("lambda-runtime-deadline-ms").map(UTCInstant.init(millisecondsSince1970:)),
            invokedFunctionARN: head["lambda-runtime-invoked-function-arn"],
            traceID: traceID,
            clientContext: head["lambda-runtime-client-context"],
            cognitoIdentity: head["lambda-runtime-cognito-identity"],
            tenantID: head["lambda-runtime-aws-tenant-id"],
            invocationID: head["lambda-runtime-invocation-id"],
            coldStart: coldStart,
            logger: Logger(output: self.output, requestID: requestID, traceID: traceID, coldStart: coldStart)
        )
    }

    private nonisolated(nonsending) func invoke() async {
        guard let (context, event) = self.invocation?.takeEvent() else {
            preconditionFailure("a handler runs on an event that was received")
        }
        self.loop.beginWork()
        defer { self.loop.endWork() }
        self.status.pointee.note(requestID: context.requestID)
        self.traceVariable?.set(context.traceID)
        do {
            let response = try await TraceContext.$current.withValue(TraceContext(ofInvocation: context.traceID)) {
                try await self.handler.handle(event, context: context)
            }
            self.invocation?.result = .response(response)
        } catch {
            let report = ErrorReport(error)
            context.logger.error(
                "the invocation failed: \(report.errorMessage)",
                ["exception_name": .string(report.errorType)]
            )
            self.invocation?.result = .failure(report)
        }
    }

    private func post() -> RuntimeLoopMachine.Event {
        guard let invocation = self.invocation, let result = invocation.result else {
            preconditionFailure("only what a handler came to is posted")
        }
        let requestID = invocation.context.requestID
        do throws(ConnectionFailure) {
            let status =
                switch result {
                case .response(let body):
                    try self.connection.post(.response(requestID: requestID), body: body) { request in
                        Self.addInvocationID(of: invocation, to: &request)
                    }
                case .failure(let report):
                    try self.connection.post(.invocationError(requestID: requestID), body: report.body) { request in
                        Self.addInvocationID(of: invocation, to: &request)
                        request.addError(report, workingDirectory: self.workingDirectory)
                    }
                }
            return .postAnswered(status: status)
        } catch {
            return .postFailed(error)
        }
    }

    private static func addInvocationID(of invocation: Invocation, to request: inout RuntimeAPIRequest) {
        if let id = invocation.context.invocationID { request.header("Lambda-Runtime-Invocation-Id", id) }
    }
}

/// What differs between the loops of a process and those of a test.
package struct InvocationLoopOptions: Sendable {
    /// Whether `_X_AMZN_TRACE_ID` follows the invocation: only where there is one loop, since a process has one
    /// environment.
    package var setsTraceVariable: Bool
    /// Reported to X-Ray with an error.
    package var workingDirectory: String
    /// The working directory where the environment names none: where Lambda puts a function's code.
    package static let usualWorkingDirectory = "/var/task"
    /// The waits between tries to reach the Runtime API.
    package var backoff: Backoff

    /// Options; without arguments those of a process with several loops.
    package init(
        setsTraceVariable: Bool = false,
        workingDirectory: String = Self.usualWorkingDirectory,
        backoff: Backoff = RuntimeLoopMachine.usualBackoff
    ) {
        self.setsTraceVariable = setsTraceVariable
        self.workingDirectory = workingDirectory
        self.backoff = backoff
    }
}
