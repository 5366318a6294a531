internal import Foundation

/// The numbers of one invocation, printed as Lambda's REPORT line.
package struct InvocationReport: Sendable, CustomStringConvertible {
    /// The id under which the function got its event.
    package let requestID: String
    /// From the event to the answer; nil if the function never asked for one.
    package let duration: Duration?
    /// From the start of the process to its first `next`.
    package let initialization: Duration
    /// MB.
    package let memorySize: Int
    /// KB; nil where the process was gone before it could be looked at.
    package let peakMemory: Int?

    /// The numbers of one invocation.
    package init(
        requestID: String,
        duration: Duration?,
        initialization: Duration,
        memorySize: Int,
        peakMemory: Int?
    ) {
        self.requestID = requestID
        self.duration = duration
        self.initialization = initialization
        self.memorySize = memorySize
        self.peakMemory = peakMemory
    }

    /// Lambda's REPORT line.
    package var description: String {
        var fields = ["REPORT RequestId: \(self.requestID)"]
        if let duration {
            fields.append("Duration: \(Self.milliseconds(duration)) ms")
            fields.append("Billed Duration: \(Int(Self.value(duration + self.initialization).rounded(.up))) ms")
        }
        fields.append("Memory Size: \(self.memorySize) MB")
        fields.append("Max Memory Used: \(self.peakMemory.map { "\(($0 + 1_023) / 1_024) MB" } ?? "unknown")")
        fields.append("Init Duration: \(Self.milliseconds(self.initialization)) ms")
        return fields.joined(separator: "\t")
    }

    private static func milliseconds(_ duration: Duration) -> String {
        String(format: "%.2f", self.value(duration))
    }

    private static func value(_ duration: Duration) -> Double {
        duration / .milliseconds(1)
    }
}
