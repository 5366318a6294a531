/// A stack as `describeStacks` shows it.
package struct CloudFormationStack: Sendable, Equatable {
    package var name: String
    package var id: String
    /// `CREATE_COMPLETE` and so on.
    package var status: String
    package var statusReason: String?
    package var outputs: [String: String]
    package var parameters: [String: String]
}

/// A resource as `listStackResources` shows it.
package struct CloudFormationStackResource: Sendable, Equatable {
    package var logicalID: String
    /// Missing until the resource exists.
    package var physicalID: String?
    /// `AWS::DynamoDB::Table` and so on.
    package var type: String
    package var status: String
}
