internal import JSONText

/// Writes that happen all or not at all: at most 100 actions on different items, 4 MB together.
package struct TransactWriteItemsInput: Sendable, Equatable {
    /// The actions, each on an item of its own.
    package var transactItems: [TransactWriteItem]
    /// 1 to 36 characters.
    ///
    /// For 10 minutes a repetition with the same token and content succeeds without effect, so an ambiguous failure may
    /// be repeated with it. Without one the client makes one for its own retries.
    package var clientRequestToken: String?

    /// A transaction of these actions.
    package init(transactItems: [TransactWriteItem], clientRequestToken: String? = nil) {
        self.transactItems = transactItems
        self.clientRequestToken = clientRequestToken
    }
}

/// One action of a transaction, of the kinds that functions use.
package enum TransactWriteItem: Sendable, Equatable {
    case put(PutItemInput)
    case update(UpdateItemInput)
}

extension TransactWriteItem {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            switch self {
            case .put(let input):
                writer.key("Put")
                writer.object(input.writeMembers)
            case .update(let input):
                writer.key("Update")
                writer.object(input.writeMembers)
            }
        }
    }
}

/// Why one action of a transaction kept it from happening, or that it did not.
package struct CancellationReason: Sendable, Equatable {
    /// As DynamoDB writes them; they differ from the names of errors.
    package struct Code: RawRepresentable, Hashable, Sendable {
        /// The name as DynamoDB writes it.
        package let rawValue: String

        /// A code of that name, known or not.
        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// This action was not the cause.
        package static let none = Code(rawValue: "None")
        /// The action's condition does not hold.
        package static let conditionalCheckFailed = Code(rawValue: "ConditionalCheckFailed")
        /// The item collection would have more than 10 GB, which only tables with local secondary indexes can reach.
        package static let itemCollectionSizeLimitExceeded = Code(rawValue: "ItemCollectionSizeLimitExceeded")
        /// Another transaction is at work on the item.
        package static let transactionConflict = Code(rawValue: "TransactionConflict")
        /// The action is not one that DynamoDB can do to this item.
        package static let validationError = Code(rawValue: "ValidationError")

        /// Whether the same transaction may succeed later.
        package var isTransient: Bool { AWSError.Code(rawValue: self.rawValue).isTransient }
    }

    /// What kind of reason it is.
    package let code: Code
    /// DynamoDB's own words; nil for an action that was not the cause.
    package let message: String?
    /// The item as it is, when the action asked for it.
    ///
    /// Holds customers' data.
    package let item: [String: AttributeValue]?

    /// A reason, by default without the item.
    package init(code: Code, message: String? = nil, item: [String: AttributeValue]? = nil) {
        self.code = code
        self.message = message
        self.item = item
    }
}
