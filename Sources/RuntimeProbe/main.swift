internal import LambdaRuntime

LambdaRuntime.run { Probe(loop: $0.loop) }
