/// The configured part of what an order may look like.
package struct InputRules: Sendable, Equatable {
    /// What an instant without a zone means where its member's name does not say UTC: `ZONELESS_TIMESTAMPS`.
    package enum ZonelessTimestamps: String, Sendable {
        case utc, refuse
    }

    package var zonelessTimestamps: ZonelessTimestamps

    package init(zonelessTimestamps: ZonelessTimestamps = .utc) {
        self.zonelessTimestamps = zonelessTimestamps
    }
}
