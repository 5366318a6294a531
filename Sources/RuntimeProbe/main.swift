internal import LambdaRuntime

LambdaRuntime.run { try Probe($0) }
