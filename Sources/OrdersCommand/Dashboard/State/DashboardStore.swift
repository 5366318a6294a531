package import ArchiveAccounts
internal import JSONText
package import Orders
internal import Synchronization

/// What the feeds have read, and who looks at it.
///
/// Feeds put whole sections in; each page's stream takes its view out and sends what has changed since its last one.
package final class DashboardStore: Sendable {
    /// Days that pages may look at side by side, today and its yesterday included: each is read again and again.
    ///
    /// A page that turns to another day is noticed to have left the one before after some seconds only.
    package static let maximumDays = 40
    /// Pages that may be open side by side, those included that were closed some seconds ago.
    package static let maximumViewers = 40

    private struct State {
        var sections: [ExactText: DashboardValue] = [:]
        var days: [Day: DashboardValue] = [:]
        var figures: [Day: DayFigures] = [:]
        var viewers: [Int: Viewer] = [:]
        var nextViewer = 0
    }

    private struct Viewer {
        let selection: DaySelection
        let changed: AsyncStream<Void>.Continuation
    }

    private let state = Mutex(State())

    /// A store without values and viewers.
    package init() {}

    // MARK: Feeds

    /// Replaces a section.
    package func set(_ section: String, _ value: DashboardValue) {
        self.change { state in
            let name = ExactText(section)
            defer { state.sections[name] = value }
            return state.sections[name] != value
        }
    }

    /// Says how reading of a feed's source goes: nil is well, else what is wrong.
    package func report(_ feed: String, failure: String?) {
        self.change { state in
            var feeds: [ExactText: DashboardValue] = [:]
            if case .object(let known) = state.sections["feeds"] { feeds = known }
            let value: DashboardValue = failure.map { ["state": "failed", "reason": .text($0)] } ?? ["state": "read"]
            let name = ExactText(feed)
            defer {
                feeds[name] = value
                state.sections["feeds"] = .object(feeds)
            }
            return feeds[name] != value
        }
    }

    /// Replaces a day's figures; `products` are searched when a page asks.
    package func set(_ day: Day, _ value: DashboardValue, figures: DayFigures) {
        self.change { state in
            state.figures[day] = figures
            defer { state.days[day] = value }
            return state.days[day] != value
        }
    }

    /// The days that pages look at; those that nobody looks at any more are forgotten.
    package func followedDays(today: Day) -> Set<Day> {
        self.state.withLock { state in
            var days: Set<Day> = []
            for viewer in state.viewers.values { days.formUnion(viewer.selection.days(today: today)) }
            state.days = state.days.filter { days.contains($0.key) }
            state.figures = state.figures.filter { days.contains($0.key) }
            return days
        }
    }

    /// Whether a page is open: if not, nothing is read.
    package var hasViewers: Bool { self.state.withLock { !$0.viewers.isEmpty } }

    // MARK: Pages

    /// A page that begins to look: its number, and a signal for each change; nil where too many look already.
    package func join(_ selection: DaySelection, today: Day) -> (id: Int, changes: AsyncStream<Void>)? {
        // One waiting signal is enough: whoever wakes takes all that is there.
        let (changes, changed) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        return self.state.withLock { state in
            var days = selection.days(today: today)
            for viewer in state.viewers.values { days.formUnion(viewer.selection.days(today: today)) }
            guard state.viewers.count < Self.maximumViewers, days.count <= Self.maximumDays else { return nil }
            let id = state.nextViewer
            state.nextViewer += 1
            state.viewers[id] = Viewer(selection: selection, changed: changed)
            return (id, changes)
        }
    }

    /// A page that looks no longer.
    package func leave(_ id: Int) {
        let viewer = self.state.withLock { $0.viewers.removeValue(forKey: id) }
        viewer?.changed.finish()
    }

    /// All that a page of this selection shows.
    package func view(_ selection: DaySelection, today: Day) -> DashboardValue {
        self.state.withLock { state in
            let day = selection.day ?? today
            let other = selection.otherDay(today: today)
            var members = state.sections
            members["day"] = .text(day.text)
            members["otherDay"] = .text(other.text)
            members["today"] = .text(today.text)
            members["figures"] = state.days[day] ?? [:]
            members["otherFigures"] = state.days[other] ?? [:]
            return .object(members)
        }
    }

    /// The products of a day whose ids contain `text`, without case, and how many there are: those that have it for their
    /// id come first, then those that begin with it, each by id and currency.
    ///
    /// At most `limit` are given, or all currencies of the product whose id `text` is: no longer text would find those.
    /// Nil where the day has not been read, or is not looked at any more: nobody knows what it has.
    package func products(
        of day: Day,
        matching text: String,
        limit: Int
    ) -> (first: [(DayFigures.Product, DayFigures.Sales)], count: Int)? {
        guard let products = self.state.withLock({ $0.figures[day]?.products }) else { return nil }
        let search = ProductSearch(text)
        var found: [(match: ProductSearch.Match, product: DayFigures.Product, sales: DayFigures.Sales)] = []
        for (product, sales) in products {
            if let match = search.match(in: product.id.text) { found.append((match, product, sales)) }
        }
        found.sort {
            ($0.match, $0.product.id, $0.product.currency) < ($1.match, $1.product.id, $1.product.currency)
        }
        let exact = found.count { $0.match == .exact }
        return (found.prefix(max(limit, exact)).map { ($0.product, $0.sales) }, found.count)
    }

    private func change(_ body: (inout State) -> Bool) {
        self.state.withLock { state in
            guard body(&state) else { return }
            for viewer in state.viewers.values { viewer.changed.yield() }
        }
    }
}

/// How a product's id answers a text that somebody looks for.
private struct ProductSearch {
    /// The best one first.
    enum Match: Comparable {
        /// The id is the text, byte for byte.
        case exact
        /// The id is the text but for capitals, or for how its accents are encoded.
        case whole
        case beginning
        case part
    }

    private let text: String
    private let wanted: String

    init(_ text: String) {
        self.text = text
        self.wanted = text.lowercased()
    }

    /// Nil where the text is nowhere in the id.
    func match(in id: String) -> Match? {
        if id.hasBytes(of: self.text) { return .exact }
        let id = id.lowercased()
        if id == self.wanted { return .whole }
        if id.hasPrefix(self.wanted) { return .beginning }
        return id.contains(self.wanted) ? .part : nil
    }
}

/// The days that a page shows: nil is today, and the day before the first one, whatever day it is.
package struct DaySelection: Sendable, Equatable {
    /// The day that is shown; nil: today.
    package var day: Day?
    /// The day that it is compared with; nil: the day before.
    package var comparedWith: Day?

    /// A selection; by default today and yesterday.
    package init(day: Day? = nil, comparedWith: Day? = nil) {
        self.day = day
        self.comparedWith = comparedWith
    }

    /// What the day is compared with: by default the day before.
    package func otherDay(today: Day) -> Day {
        let day = self.day ?? today
        return self.comparedWith ?? day.adding(days: -1) ?? day
    }

    /// Both days.
    package func days(today: Day) -> Set<Day> { [self.day ?? today, self.otherDay(today: today)] }
}
