package import AWSClient
package import Platform

extension AWSService {
    /// CloudFormation.
    package static let cloudFormation = AWSService(
        name: "CloudFormation",
        environmentName: "CLOUDFORMATION",
        hostPrefix: "cloudformation",
        wireProtocol: .query(version: "2010-05-15"),
        govCloudFIPS: .singleStack
    )
}

/// CloudFormation over the network, as far as the tool reads the stack that it works with.
package struct CloudFormationClient: Sendable {
    private let session: AWSSession

    /// CloudFormation by the session's endpoint and credentials.
    package init(session: AWSSession) {
        self.session = session
    }

    /// The stack; a code of `ValidationError` says that there is none of that name.
    package func describeStack(name: String, deadline: UTCInstant?) async throws(AWSError) -> CloudFormationStack {
        try await self.session.callQuery(
            .cloudFormation,
            "DescribeStacks",
            parameters: [(name: "StackName", value: name)],
            deadline: deadline
        ) { result in
            guard let stack = result.members(of: "Stacks").first else { throw UnexpectedAnswer.without("stack") }
            return CloudFormationStack(
                name: stack["StackName"]?.text ?? name,
                id: stack["StackId"]?.text ?? "",
                status: stack["StackStatus"]?.text ?? "",
                statusReason: stack.text(of: "StackStatusReason"),
                outputs: Self.pairs(stack.members(of: "Outputs"), key: "OutputKey", value: "OutputValue"),
                parameters: Self.pairs(stack.members(of: "Parameters"), key: "ParameterKey", value: "ParameterValue")
            )
        }
    }

    /// All resources of the stack, over as many pages as it takes.
    package func listStackResources(
        stackName: String,
        deadline: UTCInstant?
    ) async throws(AWSError) -> [CloudFormationStackResource] {
        var resources: [CloudFormationStackResource] = []
        try await AWSSession.forEachPage(of: "CloudFormation.ListStackResources") { token throws(AWSError) in
            var parameters = [(name: "StackName", value: stackName)]
            if let token { parameters.append((name: "NextToken", value: token)) }
            let result = try await self.session.callQuery(
                .cloudFormation,
                "ListStackResources",
                parameters: parameters,
                deadline: deadline
            ) { $0 }
            resources += result.members(of: "StackResourceSummaries").map { summary in
                CloudFormationStackResource(
                    logicalID: summary["LogicalResourceId"]?.text ?? "",
                    physicalID: summary.text(of: "PhysicalResourceId"),
                    type: summary["ResourceType"]?.text ?? "",
                    status: summary["ResourceStatus"]?.text ?? ""
                )
            }
            return result.text(of: "NextToken")
        }
        return resources
    }

    private static func pairs(_ members: [XMLElement], key: String, value: String) -> [String: String] {
        var pairs: [String: String] = [:]
        for member in members {
            if let name = member[key]?.text { pairs[name] = member[value]?.text ?? "" }
        }
        return pairs
    }
}

/// A stack as `describeStacks` shows it.
package struct CloudFormationStack: Sendable, Equatable {
    /// The stack's name.
    package var name: String
    /// The stack's ARN.
    package var id: String
    /// `CREATE_COMPLETE` and so on.
    package var status: String
    /// Why the stack has its status, where CloudFormation says so.
    package var statusReason: String?
    /// The outputs' values by their names.
    package var outputs: [String: String]
    /// The parameters' values by their names.
    package var parameters: [String: String]
}

/// A resource as `listStackResources` shows it.
package struct CloudFormationStackResource: Sendable, Equatable {
    /// The resource's name in the template.
    package var logicalID: String
    /// Missing until the resource exists.
    package var physicalID: String?
    /// `AWS::DynamoDB::Table` and so on.
    package var type: String
    /// `CREATE_COMPLETE` and so on.
    package var status: String
}
