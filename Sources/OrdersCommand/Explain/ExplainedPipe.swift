package import EventPatterns
package import LambdaRuntime
package import OrderFunctions
package import Orders

/// A Pipe with what decides about a change on its way through it.
package struct ExplainedPipe: Sendable {
    /// The Pipe's name in the template.
    package let name: String
    /// The function's name in the template, or its ARN where it is another stack's.
    package let function: String
    /// The Pipe's filters.
    package let filters: FilterCriteria
    /// The function's own rule; nil where it is none of the two processors.
    package let rule: ProcessorRule?
    /// The amounts and domains that the function is configured with.
    package let rules: OrderRules
    /// From which level on the function writes its log.
    package let logLevel: LogLevel
    /// Whether the function logs a line for each order.
    package let orderLog: OrderLog

    /// A Pipe of a deployed stack.
    package init(
        name: String,
        function: String,
        filters: FilterCriteria,
        rule: ProcessorRule?,
        rules: OrderRules,
        logLevel: LogLevel = .info,
        orderLog: OrderLog = .all
    ) {
        self.name = name
        self.function = function
        self.filters = filters
        self.rule = rule
        self.rules = rules
        self.logLevel = logLevel
        self.orderLog = orderLog
    }

    /// The changes of an order explained, or where none is known, its row as it is.
    package func explanation(
        row: OrderRow?,
        changes: [TableChange],
        processings: [OrderExplanation.Pipe.Processing],
        lineSearch: LineSearch = .id
    ) throws -> OrderExplanation.Pipe {
        let explained = changes.isEmpty ? try row.map { [try TableChange(assumedOf: $0)] } ?? [] : changes
        return OrderExplanation.Pipe(
            name: self.name,
            function: self.function,
            rule: self.rule,
            explanations: explained.map { change in
                PipeExplanation(
                    pipe: self.name,
                    filters: self.filters,
                    rule: self.rule,
                    rules: self.rules,
                    change: change
                )
            },
            processings: processings,
            lineSearch: lineSearch,
            logLevel: self.logLevel,
            orderLog: self.orderLog
        )
    }
}
