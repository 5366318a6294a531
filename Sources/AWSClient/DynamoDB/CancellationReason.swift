/// Why one action of a transaction kept it from happening, or that it did not.
package struct CancellationReason: Sendable, Equatable {
    /// As DynamoDB writes them; they differ from the names of errors.
    package struct Code: RawRepresentable, Hashable, Sendable {
        package let rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// This action was not the cause.
        package static let none = Code(rawValue: "None")
        package static let conditionalCheckFailed = Code(rawValue: "ConditionalCheckFailed")
        package static let itemCollectionSizeLimitExceeded = Code(rawValue: "ItemCollectionSizeLimitExceeded")
        package static let transactionConflict = Code(rawValue: "TransactionConflict")
        package static let provisionedThroughputExceeded = Code(rawValue: "ProvisionedThroughputExceeded")
        package static let throttlingError = Code(rawValue: "ThrottlingError")
        package static let validationError = Code(rawValue: "ValidationError")

        /// Whether the same transaction may succeed later.
        package var isTransient: Bool { AWSError.Code(rawValue: self.rawValue).isTransient }
    }

    package let code: Code
    package let message: String?
    /// The item as it is, when the action asked for it.
    ///
    /// Holds customers' data.
    package let item: [String: AttributeValue]?

    package init(code: Code, message: String? = nil, item: [String: AttributeValue]? = nil) {
        self.code = code
        self.message = message
        self.item = item
    }
}
