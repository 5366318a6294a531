import JSONText

/// An event that a rule of EventBridge hands to a function directly: `{"id","detail-type","source","time","detail",…}`.
///
/// Such an event comes alone and asynchronously: only an error makes Lambda bring it again, or give it to the destination
/// for failures.
package struct EventBridgeEvent: Sendable {
    /// The event's id, the same at every delivery; nil if the event does not say.
    package let id: String?
    /// The envelope, as it was delivered.
    package let envelope: [UInt8]

    /// Reads an event; nil where the bytes are no event of EventBridge.
    package init?(_ event: [UInt8]) {
        guard LenientLookup.string(at: ["source"], in: event) != nil,
            LenientLookup.string(at: ["detail-type"], in: event) != nil
        else { return nil }
        self.id = LenientLookup.string(at: ["id"], in: event)
        self.envelope = event
    }
}
