internal import Glibc

/// The threads of the loops beside the main thread's.
enum LoopThread {
    private final class Body {
        let run: () -> Never

        init(_ run: @escaping () -> Never) { self.run = run }
    }

    /// Starts a thread that runs `body`, to the end of the process.
    static func start(_ body: @escaping @Sendable () -> Never) {
        var thread = pthread_t()
        let pointer = Unmanaged.passRetained(Body(body)).toOpaque()
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            },
            pointer
        )
        precondition(status == 0, "pthread_create failed: AWS_LAMBDA_MAX_CONCURRENCY is more than this machine can do")
        pthread_detach(thread)
    }
}
