internal import LambdaRuntime
internal import OrderFunctions

// Synchronous on purpose: an async entry point costs a static executable 25 to 50 ms of CPU at every start.
LambdaRuntime.run { context in
    try OrderIntake(context)
}
