package import LambdaRuntime
package import OrderFunctions

/// Everything that is known of one order's way through the pipeline.
package struct OrderExplanation: Sendable {
    /// What one Pipe and its function made of the order.
    package struct Pipe: Sendable {
        /// A line of the processor's log that says that it handled the order.
        package struct Processing: Sendable {
            /// Of the table's stream.
            package let eventID: String?
            /// When the line was written, in milliseconds since 1970.
            package let timestamp: Int64
        }

        /// The Pipe's name in the template.
        package let name: String
        /// The function's name in the template.
        package let function: String
        /// The function's own rule; nil where it is none of the two processors.
        package let rule: ProcessorRule?
        /// Of each change that the stream still has; else one, of the row as it is.
        package let explanations: [PipeExplanation]
        /// What the function's log says that it processed, each change once.
        package let processings: [Processing]
        /// How the order's lines are found in that log.
        package let lineSearch: LineSearch
        /// From which level on the function writes; what it processed are lines of INFO.
        package let logLevel: LogLevel
        /// Whether the function logs a line for each order.
        package let orderLog: OrderLog

        /// Whether a line would be there of what the function processed, and be found.
        package var isProcessingLogged: Bool {
            self.logLevel <= .info && self.orderLog == .all && self.lineSearch != .impossible
        }
    }

    /// The order's id.
    package let id: String
    /// The order's row; nil where the table has none.
    package let row: OrderRow?
    /// Whether and where the order was counted.
    package let count: CountExplanation
    /// What each Pipe and its function made of the order.
    package let pipes: [Pipe]
    /// The messages of dead-letter queues that are about the order.
    package let deadLetters: [DeadLetterFinding]

    /// What the sources of the stack say of the order.
    package init(id: String, row: OrderRow?, count: CountExplanation, pipes: [Pipe], deadLetters: [DeadLetterFinding]) {
        self.id = id
        self.row = row
        self.count = count
        self.pipes = pipes
        self.deadLetters = deadLetters
    }

    /// Whether anything at all is known of the order.
    package var isFound: Bool {
        self.row != nil || !self.count.entries.isEmpty || !self.deadLetters.isEmpty
            || self.pipes.contains { $0.explanations.contains { !$0.change.isAssumed } || !$0.processings.isEmpty }
    }
}
