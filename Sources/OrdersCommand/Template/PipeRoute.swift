package import EventPatterns

/// Which changes a Pipe of the template takes, and the function they go to.
///
/// All of it is in the template and the list of the stack's resources. Only a reader of the changes needs the ARN of
/// the stream besides, which takes a permission of the table.
package struct PipeRoute: Sendable {
    /// The Pipe's name in the template.
    package let logicalID: String
    /// The filters of the Pipe.
    package let filters: FilterCriteria
    /// The template's line of each pattern, for warnings.
    package let patternLines: [Int]
    /// The function that is invoked.
    package let functionARN: String

    /// The routes of the template's Pipes.
    package static func all(in template: Template) throws -> [PipeRoute] {
        try template.resources(ofType: "AWS::Pipes::Pipe").map { logicalID, value in
            try PipeRoute(logicalID, ResourceProperties(template: template, value: value, path: logicalID))
        }
    }

    /// The route of one Pipe, from its properties.
    package init(_ logicalID: String, _ properties: ResourceProperties) throws {
        try properties.refuse(["Enrichment", "EnrichmentParameters"])
        try properties.refuseAll(but: [
            "Description", "DesiredState", "KmsKeyIdentifier", "LogConfiguration", "Name", "RoleArn", "Source",
            "SourceParameters", "Tags", "Target", "TargetParameters",
        ])
        self.logicalID = logicalID
        self.functionARN = try Self.function(properties)
        let parameters = try properties.properties("SourceParameters")
        try parameters.refuseAll(but: ["DynamoDBStreamParameters", "FilterCriteria"])
        let (criteria, filters) = try parameters.filterCriteria()
        (self.filters, self.patternLines) = (criteria, filters.map(\.line))
    }

    private static func function(_ properties: ResourceProperties) throws -> String {
        let arn = try properties.requiredText("Target")
        guard arn.split(separator: ":").dropFirst(2).first == "lambda" else {
            throw properties.error("must be a Lambda function: other targets do not run locally", "Target")
        }
        let parameters = try properties.properties("TargetParameters")
        try parameters.refuse(["InputTemplate"])
        try parameters.refuseAll(but: ["LambdaFunctionParameters"])
        let type = try parameters.properties("LambdaFunctionParameters").text("InvocationType")
        guard type == nil || type == "REQUEST_RESPONSE" else {
            throw parameters.error("must have InvocationType REQUEST_RESPONSE: streams are delivered in order")
        }
        return arn
    }
}
