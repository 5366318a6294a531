/// What the template's functions are evaluated against: one stack as it is deployed.
package struct DeployedStack: Sendable, Equatable {
    /// A resource of the stack.
    package struct Resource: Sendable, Equatable {
        /// `AWS::DynamoDB::Table` and so on.
        package let type: String
        /// What `!Ref` gives.
        package let physicalID: String

        /// A resource as CloudFormation has made it.
        package init(type: String, physicalID: String) {
            self.type = type
            self.physicalID = physicalID
        }
    }

    /// The stack's name.
    package let name: String
    /// `arn:aws:cloudformation:<region>:<account>:stack/…`: region, account and partition come from here.
    package let id: String
    /// `CREATE_COMPLETE` and so on.
    package let status: String
    /// The parameters' values by their names.
    package let parameters: [String: String]
    /// The outputs' values by their names.
    package let outputs: [String: String]
    /// By logical id.
    package let resources: [String: Resource]
    /// Current stream of each table that has one, by logical id: a table's other attributes follow from its name.
    package let streamARNs: [String: String]

    /// A stack; by default a complete one without parameters, outputs and resources.
    package init(
        name: String,
        id: String,
        status: String = "CREATE_COMPLETE",
        parameters: [String: String] = [:],
        outputs: [String: String] = [:],
        resources: [String: Resource] = [:],
        streamARNs: [String: String] = [:]
    ) {
        self.name = name
        self.id = id
        self.status = status
        self.parameters = parameters
        self.outputs = outputs
        self.resources = resources
        self.streamARNs = streamARNs
    }

    /// `aws`, `aws-cn` or `aws-us-gov`.
    package var partition: String { self.part(1) }
    /// The region, as `eu-central-1`.
    package var region: String { self.part(3) }
    /// The account's 12 digits.
    package var accountID: String { self.part(4) }
    /// What the status means.
    package var state: StackState { StackState(status: self.status, stack: self.name, region: self.region) }

    private func part(_ index: Int) -> String {
        let parts = self.id.split(separator: ":", omittingEmptySubsequences: false)
        return index < parts.count ? String(parts[index]) : ""
    }

    /// What `!GetAtt logicalID.attribute` gives; nil for what this tool does not know.
    package func attribute(_ attribute: String, of logicalID: String) -> String? {
        guard let resource = self.resources[logicalID] else { return nil }
        let id = resource.physicalID
        let lastPart = String(id.split(separator: "/").last ?? "")
        return switch (resource.type, attribute) {
        case ("AWS::DynamoDB::Table", "Arn"): self.arn("dynamodb", "table/\(id)")
        case ("AWS::DynamoDB::Table", "StreamArn"): self.streamARNs[logicalID]
        case ("AWS::Kinesis::Stream", "Arn"): self.arn("kinesis", "stream/\(id)")
        case ("AWS::SQS::Queue", "Arn"): self.arn("sqs", lastPart)
        case ("AWS::SQS::Queue", "QueueName"): lastPart
        case ("AWS::SQS::Queue", "QueueUrl"): id
        case ("AWS::SNS::Topic", "TopicArn"): id
        case ("AWS::SNS::Topic", "TopicName"): String(id.split(separator: ":").last ?? "")
        case ("AWS::S3::Bucket", "Arn"): "arn:\(self.partition):s3:::\(id)"
        case ("AWS::Lambda::Function", "Arn"): self.arn("lambda", "function:\(id)")
        case ("AWS::Pipes::Pipe", "Arn"): self.arn("pipes", "pipe/\(id)")
        case ("AWS::IAM::Role", "Arn"): "arn:\(self.partition):iam::\(self.accountID):role/\(id)"
        case ("AWS::Logs::LogGroup", "Arn"): self.arn("logs", "log-group:\(id):*")
        default: nil
        }
    }

    private func arn(_ service: String, _ resource: String) -> String {
        "arn:\(self.partition):\(service):\(self.region):\(self.accountID):\(resource)"
    }

    /// The URL of the stack's queue of that ARN.
    package func queueURL(arn: String) -> String? {
        self.resources.first { logicalID, resource in
            resource.type == "AWS::SQS::Queue" && self.attribute("Arn", of: logicalID) == arn
        }?.value.physicalID
    }
}
