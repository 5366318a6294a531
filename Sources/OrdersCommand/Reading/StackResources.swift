internal import OrderFunctions
package import Orders
internal import Platform

/// What of a deployed stack the readers need, by the names of the template.
package struct StackResources: Sendable {
    /// The name of the Orders table.
    package let ordersTable: String
    /// The name of the Analytics table.
    package let analyticsTable: String
    /// The name of the Checkpoints table.
    package let checkpointsTable: String
    /// The name of the archive's bucket.
    package let archiveBucket: String
    /// The name of the order stream.
    package let orderStream: String
    /// The ARN of the order stream.
    package let orderStreamARN: String
    /// The URL of OrderQueue.
    package let orderQueueURL: String
    /// Those that nobody reads, with their names in the template.
    package let deadLetterQueues: [(name: String, url: String)]

    /// Throws where the stack was deployed from another template.
    package init(_ stack: DeployedStack) throws {
        func physicalID(_ logicalID: String) throws -> String {
            guard let resource = stack.resources[logicalID] else {
                throw ToolError.badUse("the stack \(stack.name) has no \(logicalID): deploy cloudformation.yaml")
            }
            return resource.physicalID
        }
        self.ordersTable = try physicalID("OrdersTable")
        self.analyticsTable = try physicalID("AnalyticsTable")
        self.checkpointsTable = try physicalID("CheckpointsTable")
        self.archiveBucket = try physicalID("ArchiveBucket")
        self.orderStream = try physicalID("OrderStream")
        self.orderStreamARN = stack.attribute("Arn", of: "OrderStream") ?? ""
        self.orderQueueURL = try physicalID("OrderQueue")
        self.deadLetterQueues = try [
            "OrderDLQ", "OrderTopicDLQ", "AnalyticsDLQ", "NormalPipeDLQ", "PremiumPipeDLQ",
        ].map { ($0, try physicalID($0)) }
    }

    /// Whether that is the table that the stack counts in, by its name or, as DynamoDB takes it, its ARN.
    package func isAnalyticsTable(_ name: String) -> Bool { Self.nameInARN(name) == self.analyticsTable[...] }

    /// Whether that is the stream that the pipeline reads, by its name or its ARN.
    package func isOrderStream(_ name: String) -> Bool { Self.nameInARN(name) == self.orderStream[...] }

    /// What stands behind the last slash: neither a table's name nor a stream's has one.
    private static func nameInARN(_ text: String) -> Substring {
        text.utf8.lastIndex(of: UInt8(ascii: "/")).map { text[text.utf8.index(after: $0)...] } ?? text[...]
    }
}

extension Template {
    /// The functions with their log groups.
    package func logGroups() throws -> [(function: String, group: String)] {
        try self.resources(ofType: "AWS::Lambda::Function").compactMap { logicalID, value in
            guard let name = self.stack.resources[logicalID]?.physicalID else { return nil }
            let properties = ResourceProperties(template: self, value: value, path: logicalID)
            let group = try properties.properties("LoggingConfig").text("LogGroup")
            return (logicalID, group ?? "/aws/lambda/\(name)")
        }
    }

    /// For how many days the functions' logs are kept; nil where the template does not say it.
    package var logRetentionDays: Int? {
        let parameter = self.root["Parameters"]?["LogRetentionDays"]
        guard let text = self.stack.parameters["LogRetentionDays"] ?? parameter?["Default"]?.text,
            // The most that CloudWatch Logs knows, beside keeping them for good.
            let days = Int(text), (1...3_653).contains(days)
        else { return nil }
        return days
    }

    /// The rules of one function, as its variables have them.
    package func orderRules(of function: String) throws -> OrderRules {
        try Environment(FunctionConfiguration(logicalID: function, in: self).variables).orderRules()
    }

    /// What orders may look like, as the function's variables have it.
    package func inputRules(of function: String) throws -> InputRules {
        try Environment(FunctionConfiguration(logicalID: function, in: self).variables).inputRules()
    }
}
