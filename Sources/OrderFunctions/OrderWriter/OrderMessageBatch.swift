internal import LambdaEvents
internal import Orders

/// The messages of one SQS batch, decoded and put together by order.
struct OrderMessageBatch {
    /// A message and the order it is about.
    struct Message: Sendable {
        let messageID: String
        let order: Order
    }

    /// All messages about one order, oldest first.
    struct Group: Sendable {
        var messages: [Message]
    }

    /// A message that can never be stored.
    struct Refusal {
        /// Nil for a record without an id, which only failing the whole batch can bring again.
        let messageID: String?
        let reason: String
    }

    let count: Int
    private(set) var groups: [Group] = []
    private(set) var refused: [Refusal] = []

    init(_ event: SQSEvent) {
        self.count = event.records.count
        var places: [OrderID: Int] = [:]
        for record in event.records {
            do {
                let record = try record.get()
                let message = Message(messageID: record.messageID, order: try Order(message: record.message))
                if let place = places[message.order.id] {
                    self.groups[place].messages.append(message)
                } else {
                    places[message.order.id] = self.groups.count
                    self.groups.append(Group(messages: [message]))
                }
            } catch let error as RecordError {
                self.refused.append(Refusal(messageID: error.itemIdentifier, reason: error.description))
            } catch {
                self.refused.append(Refusal(messageID: try? record.get().messageID, reason: "\(error)"))
            }
        }
        for place in self.groups.indices where self.groups[place].messages.count > 1 {
            self.groups[place].sort()
        }
    }
}

extension OrderMessageBatch.Group {
    /// By timestamp; messages of one instant stay in the order of their delivery.
    fileprivate mutating func sort() {
        self.messages = self.messages.enumerated().sorted { left, right in
            switch (left.element.order.timestamp, right.element.order.timestamp) {
            case (let left?, let right?) where left != right: left < right
            default: left.offset < right.offset
            }
        }.map(\.element)
    }
}
