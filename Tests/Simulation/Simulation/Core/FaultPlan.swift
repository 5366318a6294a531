/// Which faults happen: those that the seed draws, or those of a script and no others; keeps those that did happen.
package final class FaultBook {
    /// Where faults come from.
    package enum Mode: Sendable {
        case drawn
        case scripted([FaultStep])
    }

    /// A delivery of a source.
    private struct Delivery: Hashable {
        let source: Source
        let number: Int
    }

    private let draws: Draws
    /// The script's faults by delivery; nil where the seed draws them.
    private let script: [Delivery: [FaultStep.Fault]]?
    /// The faults that happened, in their order.
    package private(set) var happened: [FaultStep] = []
    /// When the last one was over, in nanoseconds of the run; of a long freeze, when it began.
    private(set) var lastTime: VirtualTime.Nanoseconds = 0
    private let time: VirtualTime
    /// Nothing goes wrong any more, for example while everything is replayed.
    package var isCalm = false

    /// Deliveries of one batch that may be disturbed; the next is calm, so that everything ends.
    static let patience = 3

    package init(mode: Mode, draws: Draws, time: VirtualTime) {
        self.draws = draws
        self.time = time
        switch mode {
        case .drawn: self.script = nil
        case .scripted(let steps):
            self.script = Dictionary(grouping: steps) { Delivery(source: $0.source, number: $0.delivery) }
                .mapValues { $0.map(\.fault) }
        }
    }

    /// The plan of a delivery; `attempt` is how often its batch has failed before.
    func plan(_ source: Source, delivery: Int, attempt: Int) -> FaultPlan {
        if self.isCalm { return FaultPlan(source, delivery, book: self, .calm) }
        if let script {
            let faults = script[Delivery(source: source, number: delivery)] ?? []
            return FaultPlan(source, delivery, book: self, .scripted(faults))
        }
        let style =
            attempt >= Self.patience
            ? .calm : FaultPlan.Style(drawing: self.draws.generator(.plan, source.place, delivery), source.function)
        return FaultPlan(source, delivery, book: self, style)
    }

    /// Whether something happens at a delivery that is no matter of requests; `probability` is its share where it is drawn.
    func happens(_ fault: DeliveryFault, _ source: Source, _ delivery: Int, probability: Double) -> Bool {
        if self.isCalm { return false }
        let happens: Bool
        if let script {
            happens = script[Delivery(source: source, number: delivery)]?.contains(.delivery(fault)) ?? false
        } else {
            var generator = self.draws.generator(.mapping, source.place, delivery, fault.place)
            happens = generator.chance(probability)
        }
        if happens { self.note(FaultStep(source, delivery, .delivery(fault))) }
        return happens
    }

    fileprivate func note(_ step: FaultStep) {
        self.happened.append(step)
        self.lastTime = self.time.now
    }

    /// A fault that lasts is over by now.
    func end() { self.lastTime = self.time.now }

    fileprivate func generator(_ source: Source, _ delivery: Int, _ request: Int) -> Generator {
        self.draws.generator(.requestFault, source.place, delivery, request)
    }
}

/// What goes wrong with one delivery.
package final class FaultPlan {
    /// How the faults of a delivery are chosen.
    enum Style {
        case calm
        case scripted([FaultStep.Fault])
        /// `rate` of the requests fail in one of these ways.
        case rate(Double, [(RequestFault, Int)], [DeliveryFault])
        /// The request at a place fails.
        case fixed(Int, RequestFault, [DeliveryFault])
        /// The first request of a kind fails.
        case aimed(String, RequestFault, [DeliveryFault])

        /// As scripts/chaos chooses them, and a few more.
        init(drawing generator: Generator, _ function: FunctionName) {
            var generator = generator
            let style = generator.fraction()
            if style < 0.3 {
                self = .calm
                return
            }
            var others: [DeliveryFault] = []
            if generator.chance(0.1) { others.append(.killedReporting) }
            for (fault, probability) in Self.unusual where generator.chance(probability) { others.append(fault) }
            if style < 0.58 {
                let times: [DeliveryFault?] = [.shortTime, .mediumTime, .mediumTime, nil]
                if let time = generator.choice(times) { others.append(time) }
                self = .rate(generator.choice([0.15, 0.3, 0.5]), RequestFault.weights, others)
            } else if style < 0.63 {
                self = .rate(1, [(generator.choice(RequestFault.outages), 1)], others + [.shortTime])
            } else {
                let lives = style < 0.78
                let fault = generator.choice(lives ? RequestFault.ambiguous : RequestFault.deadly)
                others.append(lives ? .mediumTime : .shortTime)
                if !function.decisive.isEmpty, generator.chance(0.6) {
                    self = .aimed(generator.choice(function.decisive), fault, others)
                } else {
                    self = .fixed(generator.choice([0, 0, 1, 1, 2, 3, 4, 6, 9]), fault, others)
                }
            }
        }

        /// What else may be unusual about a delivery that is disturbed.
        private static let unusual: [(DeliveryFault, Double)] = [
            (.reportReset, 0.04), (.reportLost, 0.04), (.abandoned, 0.06), (.clockAhead, 0.04), (.clockBehind, 0.04),
            (.credentialsEnd, 0.03), (.coldStart, 0.15), (.redeployed, 0.03), (.frozen, 0.05),
        ]
    }

    let source: Source
    let delivery: Int
    private let book: FaultBook
    private var style: Style
    /// What is unusual about the delivery as a whole.
    let deliveryFaults: [DeliveryFault]
    /// How many of its requests have met a fault.
    private var faultCount = 0

    init(_ source: Source, _ delivery: Int, book: FaultBook, _ style: Style) {
        self.source = source
        self.delivery = delivery
        self.book = book
        self.style = style
        switch style {
        case .calm: self.deliveryFaults = []
        case .rate(_, _, let faults), .fixed(_, _, let faults), .aimed(_, _, let faults): self.deliveryFaults = faults
        case .scripted(let faults):
            self.deliveryFaults = DeliveryFault.ofInvocations.filter { faults.contains(.delivery($0)) }
        }
        for fault in self.deliveryFaults { book.note(FaultStep(source, delivery, .delivery(fault))) }
    }

    func has(_ fault: DeliveryFault) -> Bool { self.deliveryFaults.contains(fault) }

    /// Whether nothing has happened by now that a function may fail of.
    var isUndisturbed: Bool { self.isUndisturbed(besides: 0) }

    /// Whether nothing of the kind has happened by now but that so many of its requests have met a fault.
    func isUndisturbed(besides faults: Int) -> Bool {
        self.faultCount == faults && self.deliveryFaults.allSatisfy { $0 == .coldStart || $0 == .redeployed }
    }

    /// The fault of the request at a place, which `point` names by its operation; nil if nothing goes wrong.
    ///
    /// `isPossible` says which faults the request can have at all: only writes meet a conflict, for example.
    func fault(
        _ request: Int,
        point: @autoclosure () -> String,
        isPossible: (RequestFault) -> Bool
    ) -> RequestFault? {
        let old: RequestFault? = isPossible(.oldRead) && self.readsOld(request) ? .oldRead : nil
        guard let fault = self.chosen(request, point) ?? old, isPossible(fault) else { return nil }
        // What is answered as it was a moment ago is no failure of anything.
        if fault != .oldRead { self.faultCount += 1 }
        self.book.note(FaultStep(self.source, self.delivery, .request(request, fault)))
        return fault
    }

    /// Whether a request that does not ask for consistency is answered so, which is no failure of anything.
    private func readsOld(_ request: Int) -> Bool {
        switch self.style {
        case .calm, .scripted: return false
        case .rate, .fixed, .aimed:
            var generator = self.book.generator(self.source, self.delivery, 1_000 + request)
            return generator.chance(0.5)
        }
    }

    private func chosen(_ request: Int, _ point: () -> String) -> RequestFault? {
        switch self.style {
        case .calm: return nil
        case .scripted(let faults):
            for case .request(request, let fault) in faults { return fault }
            return nil
        case .rate(let rate, let weights, _):
            var generator = self.book.generator(self.source, self.delivery, request)
            return generator.chance(rate) ? generator.weighted(weights) : nil
        case .fixed(let place, let fault, _): return request == place ? fault : nil
        case .aimed(let aim, let fault, let others):
            guard aim == point() else { return nil }
            self.style = .fixed(-1, fault, others)
            return fault
        }
    }
}

extension DeliveryFault {
    /// Those that happen to invocations; the others are the mappings' own.
    static let ofInvocations: [DeliveryFault] = [
        .shortTime, .mediumTime, .killedReporting, .reportReset, .reportLost, .abandoned, .clockAhead, .clockBehind,
        .credentialsEnd, .coldStart, .redeployed, .frozen,
    ]

    var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
