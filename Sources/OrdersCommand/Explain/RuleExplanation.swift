internal import JSONText
package import Orders

/// Which of the two processors' rules a Pipe's function has.
package enum ProcessorRule: String, Sendable, CaseIterable {
    case normal = "NormalOrdersProcessor"
    case premium = "PremiumOrdersProcessor"
}

/// What a processor's own rule makes of a change, condition by condition.
///
/// Each condition is judged by the rule itself, which gets the value in question beside values that it lets through: so
/// that what is shown cannot differ from what the function does.
package struct RuleExplanation: Sendable, Equatable {
    /// One condition with the value that decided.
    package struct Condition: Sendable, Equatable {
        /// The condition in words.
        package let name: String
        /// Nil where there is none, or nobody knows it.
        package let value: String?
        /// What the value has to be.
        package let needed: String
        /// Nil where it cannot be told, since the value is not known.
        package let isMet: Bool?
    }

    /// What the function does, or would do.
    package enum Decision: Sendable, Equatable {
        case process
        case skip(SkipReason)
        /// It can never be processed and goes to the Pipe's dead-letter queue.
        case deadLetter(String)
        /// The old image decides, and is not known.
        case dependsOnOldImage
    }

    /// The rule's conditions, in the order in which the function looks at them.
    package let conditions: [Condition]
    /// What the function does, or would do.
    package let decision: Decision

    /// `change` may be assumed of a row, in which case nothing is known of the row before it.
    package init(of change: TableChange, by rule: ProcessorRule, _ rules: OrderRules) {
        let facts = Facts(change)
        let judge = Judge(rule: rule, rules: rules)
        let isAssumed = change.isAssumed
        var conditions = [
            Condition(
                name: "event",
                value: change.eventName,
                needed: rule == .normal ? "INSERT or MODIFY" : "MODIFY",
                isMet: isAssumed ? nil : judge.passes(eventName: change.eventName)
            )
        ]
        conditions.append(
            Condition(
                name: "status",
                value: facts.status,
                needed: rule == .normal ? "pending or shipped" : "shipped",
                isMet: judge.passes(status: facts.status)
            )
        )
        if rule == .premium {
            conditions.append(
                Condition(
                    name: "status before",
                    value: facts.oldStatus,
                    needed: "pending",
                    isMet: isAssumed ? nil : judge.passes(oldStatus: facts.oldStatus)
                )
            )
        }
        let minimum = rule == .normal ? rules.bands.normalMinimum : rules.bands.premiumMinimum
        conditions.append(
            Condition(
                name: "amount",
                value: facts.amount,
                needed: "more than \(minimum.text)",
                isMet: judge.passes(amount: facts.amountValue)
            )
        )
        conditions.append(
            Condition(
                name: "e-mail",
                value: facts.email,
                needed: "none, or not in \(rules.testDomains.names.joined(separator: ", ")) or below",
                isMet: judge.passes(email: facts.email)
            )
        )
        self.conditions = conditions
        self.decision = Self.decision(change, rule, rules, isAssumed: isAssumed)
    }

    private static func decision(
        _ change: TableChange,
        _ rule: ProcessorRule,
        _ rules: OrderRules,
        isAssumed: Bool
    ) -> Decision {
        guard let kind = ChangeKind(eventName: change.eventName) else { return .skip(.eventName) }
        do throws(OrderError) {
            switch rule {
            case .normal:
                let order = change.newImage.map { Decoded.routed($0) }
                switch try rules.normalDecision(change: kind, order: order) {
                case .process: return .process
                case .skip(let reason): return .skip(reason)
                }
            case .premium:
                let order = change.newImage.map { Decoded.order($0) }
                let old = isAssumed ? Facts.image(status: "pending") : change.oldImage
                switch try rules.premiumDecision(change: kind, oldImage: old?[...], order: order) {
                case .process: return isAssumed ? .dependsOnOldImage : .process
                case .skip(let reason): return .skip(reason)
                }
            }
        } catch {
            return .deadLetter("\(error)")
        }
    }
}

extension ChangeKind {
    /// As streams of DynamoDB write it.
    fileprivate init?(eventName: String) {
        switch eventName {
        case "INSERT": self = .insert
        case "MODIFY": self = .modify
        case "REMOVE": self = .remove
        default: return nil
        }
    }
}

extension TableChange {
    /// Whether it was made of a row, of which the stream tells nothing.
    package var isAssumed: Bool { self.eventID == nil }
}

extension OrderRow {
    /// What the processors would read in it; nil where they cannot.
    var routed: RoutingAttributes? {
        let change = try? TableChange(assumedOf: self)
        return change?.newImage.flatMap { try? Decoded.routed($0).get() }
    }
}

/// Images as the functions read them.
private enum Decoded {
    static func routed(_ image: [UInt8]) -> Result<RoutingAttributes, OrderError> {
        self.read(image, RoutingAttributes.read(image:))
    }

    static func order(_ image: [UInt8]) -> Result<OrderImage, OrderError> {
        self.read(image, OrderImage.read(image:))
    }

    private static func read<Value>(
        _ image: [UInt8],
        _ decode: (inout JSONReader) throws -> Result<Value, OrderError>
    ) -> Result<Value, OrderError> {
        do {
            return try JSONReader.read(image) { try decode(&$0) }
        } catch {
            return .failure(OrderError(.malformed, "the image cannot be read: \(error)"))
        }
    }
}

/// What decides, as the change has it.
private struct Facts {
    let status: String?
    let oldStatus: String?
    let amount: String?
    let amountValue: AmountFact
    let email: String?

    enum AmountFact {
        case absent
        case value(Money)
        case unreadable
    }

    init(_ change: TableChange) {
        let order = change.newImage.flatMap { try? Decoded.routed($0).get() }
        self.status = order?.status?.text
        self.email = order?.customerEmail
        self.oldStatus = change.oldImage.flatMap { (try? OrderImage.status(in: $0[...]))?.text }
        switch order {
        case nil:
            self.amount = change.newImage == nil ? nil : "unreadable"
            self.amountValue = change.newImage == nil ? .absent : .unreadable
        case let order?:
            self.amount = order.amount?.text
            self.amountValue = order.amount.map { .value($0) } ?? .absent
        }
    }

    /// An image of these values alone.
    static func image(
        status: String?,
        amount: String? = Self.greatAmount,
        email: String? = nil
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            for (name, type, value) in [
                ("orderId", "S", "id"), ("status", "S", status), ("amount", "N", amount), ("customerEmail", "S", email),
            ] {
                guard let value else { continue }
                writer.key(name)
                writer.object { $0.member(type, value) }
            }
        }
        return writer.bytes
    }

    /// The greatest amount of an order, which is above every threshold but itself.
    static let greatAmount = "999999999999999999.999999999"
}

/// Asks a rule about one value, with values beside it that the rule lets through.
private struct Judge {
    let rule: ProcessorRule
    let rules: OrderRules

    func passes(eventName: String) -> Bool {
        ChangeKind(eventName: eventName).map { self.decide(change: $0) } ?? false
    }

    func passes(status: String?) -> Bool { self.decide(image: Facts.image(status: status)) }
    func passes(oldStatus: String?) -> Bool { self.decide(oldStatus: oldStatus) }
    func passes(email: String?) -> Bool { self.decide(image: Facts.image(status: "shipped", email: email)) }

    func passes(amount: Facts.AmountFact) -> Bool {
        switch amount {
        case .absent: self.decide(image: Facts.image(status: "shipped", amount: nil))
        case .value(let amount): self.decide(image: Facts.image(status: "shipped", amount: amount.text))
        case .unreadable: false
        }
    }

    private func decide(
        change: ChangeKind = .modify,
        image: [UInt8] = Facts.image(status: "shipped"),
        oldStatus: String? = "pending"
    ) -> Bool {
        switch self.rule {
        case .normal:
            let decision = try? self.rules.normalDecision(change: change, order: Decoded.routed(image))
            if case .process = decision { return true }
        case .premium:
            let old = Facts.image(status: oldStatus)
            let decision = try? self.rules.premiumDecision(
                change: change,
                oldImage: old[...],
                order: Decoded.order(image)
            )
            if case .process = decision { return true }
        }
        return false
    }
}
