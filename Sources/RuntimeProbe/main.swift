internal import LambdaRuntime

LambdaRuntime.run { _ in Probe() }
