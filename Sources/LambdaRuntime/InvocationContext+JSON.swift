internal import JSONText
internal import Platform

extension InvocationContext {
    /// The whole context as JSON, for probes and diagnosis; what is missing is null.
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("requestId", self.requestID)
            writer.key("deadlineMs")
            if let deadline = self.deadline {
                writer.integer(deadline.nanosecondsSince1970 / 1_000_000)
            } else {
                writer.null()
            }
            let texts: KeyValuePairs = [
                "invokedFunctionArn": self.invokedFunctionARN, "traceId": self.traceID, "tenantId": self.tenantID,
                "invocationId": self.invocationID, "clientContext": self.clientContext,
                "cognitoIdentity": self.cognitoIdentity,
            ]
            for (key, text) in texts {
                writer.key(key)
                if let text { writer.string(text) } else { writer.null() }
            }
            writer.key("coldStart")
            writer.bool(self.coldStart)
        }
        return writer.bytes
    }
}
