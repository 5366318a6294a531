internal import Glibc
package import Platform

/// Runs the invocations of one loop, one after the other: asks for an event, calls the handler, posts its answer.
///
/// What to do about faults is `RuntimeLoopMachine`'s to decide; this only does it.
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
    private var event: [UInt8] = []
    private var result = InvocationResult.success([])
    private var requestID = ""
    private var invocationID: String?
    /// Until the next event is asked for: what goes wrong with a response belongs to its invocation.
    private var invocationLogger: Logger?

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
                self.endInvocation()
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
        let logger = self.invocationLogger ?? self.logger
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
            self.requestID = self.connection.head["lambda-runtime-aws-request-id"] ?? ""
            self.event = self.connection.takeBody()
            return .nextAnswered(status: status, hasRequestID: !self.requestID.isEmpty)
        } catch {
            return .nextFailed(error)
        }
    }

    private nonisolated(nonsending) func invoke() async {
        self.loop.beginWork()
        defer { self.loop.endWork() }
        let context = self.makeContext()
        self.invocationID = context.invocationID
        self.invocationLogger = context.logger
        self.isFirst = false
        self.status.pointee.note(requestID: context.requestID)
        self.traceVariable?.set(context.traceID)
        // Handed over, so that the handler is the event's only owner.
        var event: [UInt8] = []
        swap(&event, &self.event)
        do {
            self.result = .success(try await self.handler.handle(event, context: context))
        } catch {
            let report = ErrorReport(error)
            context.logger.error(
                "the invocation failed: \(report.errorMessage)",
                ["exception_name": .string(report.errorType)]
            )
            self.result = .failure(report)
        }
    }

    private func makeContext() -> InvocationContext {
        let head = self.connection.head
        let traceID = head["lambda-runtime-trace-id"]
        return InvocationContext(
            requestID: self.requestID,
            deadline: head.integer("lambda-runtime-deadline-ms").map(UTCInstant.init(millisecondsSince1970:)),
            invokedFunctionARN: head["lambda-runtime-invoked-function-arn"],
            traceID: traceID,
            clientContext: head["lambda-runtime-client-context"],
            cognitoIdentity: head["lambda-runtime-cognito-identity"],
            tenantID: head["lambda-runtime-aws-tenant-id"],
            invocationID: head["lambda-runtime-invocation-id"],
            coldStart: self.isFirst,
            logger: Logger(
                output: self.output,
                requestID: self.requestID,
                traceID: traceID,
                coldStart: self.isFirst
            )
        )
    }

    private func post() -> RuntimeLoopMachine.Event {
        do throws(ConnectionFailure) {
            let status =
                switch self.result {
                case .success(let body):
                    try self.connection.post(.response(requestID: self.requestID), body: body) { request in
                        self.addInvocationID(to: &request)
                    }
                case .failure(let report):
                    try self.connection.post(.invocationError(requestID: self.requestID), body: report.body) {
                        self.addInvocationID(to: &$0)
                        $0.header("Lambda-Runtime-Function-Error-Type", report.errorType)
                        $0.header(
                            "Lambda-Runtime-Function-XRay-Error-Cause",
                            report.xRayCause(workingDirectory: self.workingDirectory)
                        )
                    }
                }
            return .postAnswered(status: status)
        } catch {
            return .postFailed(error)
        }
    }

    private func addInvocationID(to request: inout RuntimeAPIRequest) {
        if let invocationID = self.invocationID { request.header("Lambda-Runtime-Invocation-Id", invocationID) }
    }

    /// Gives back what only this invocation needed: a response can be megabytes.
    private func endInvocation() {
        self.result = .success([])
        self.invocationLogger = nil
        self.status.pointee.note(requestID: "")
    }
}
