/// What a runner has done so far, in records.
package struct DeliverySummary: Sendable, Equatable, CustomStringConvertible {
    /// Taken from the stream.
    package var read = 0
    /// Of those, the ones no filter let through.
    package var filteredOut = 0
    /// Accepted by the target.
    package var delivered = 0
    /// Sent again, once for each time.
    package var retried = 0
    /// Given up on and noted in the dead-letter queue.
    package var deadLettered = 0
    /// Given up on with no queue to note it in.
    package var discarded = 0

    package init() {}

    /// Read and admitted, and at the moment neither delivered nor given up on.
    package var pending: Int {
        self.read - self.filteredOut - self.delivered - self.deadLettered - self.discarded
    }

    package var description: String {
        var text = "read \(self.read), filtered out \(self.filteredOut), delivered \(self.delivered), "
        text += "retried \(self.retried), dead-lettered \(self.deadLettered)"
        if self.discarded > 0 { text += ", discarded for want of a dead-letter queue \(self.discarded)" }
        if self.pending > 0 { text += ", not finished \(self.pending)" }
        return text
    }
}
