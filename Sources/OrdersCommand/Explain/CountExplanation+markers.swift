package import OrderFunctions
internal import Orders

extension CountExplanation {
    /// The claims that tell what became of the records.
    package static func markers(of records: [ArchivedRecord], usesClaims: Bool) -> Set<EventMarker> {
        var markers: Set<EventMarker> = []
        for record in records {
            // Of a refused record, too, which may have been counted when it was redriven.
            if usesClaims, let id = record.eventID { markers.insert(EventMarker(id: id)) }
            guard ["accepted", "refused"].contains(record.verdict), let place = Identifier(record.place) else {
                continue
            }
            // By its place a redriven order counts once that has no `MessageId`, and any while nothing remembers those.
            markers.insert(EventMarker(id: place))
            // What the archive has as refused tells that itself. A letter is of a record or of its whole aggregate.
            guard record.verdict == "accepted" else { continue }
            markers.insert(EventMarker(id: place, scope: .letter))
            if let whole = Identifier(record.place(ofPart: nil)) {
                markers.insert(EventMarker(id: whole, scope: .letter))
            }
        }
        return markers
    }
}
