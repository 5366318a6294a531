/// The functions of this repository by the names of their folders, products and resources.
package enum FunctionName {
    /// What `scripts/build` can build.
    package static let all = [
        "AnalyticsAggregator", "NormalOrdersProcessor", "OrderArchiver", "OrderWriter", "PremiumOrdersProcessor",
        "RuntimeProbe",
    ]

    /// Checks a name that a user typed.
    package static func check(_ name: String) throws {
        guard !self.all.contains(name) else { return }
        throw ToolError.badUse("no function named \(name): there are \(self.all.joined(separator: ", "))")
    }
}
