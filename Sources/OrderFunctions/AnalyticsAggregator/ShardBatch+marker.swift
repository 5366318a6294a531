internal import Orders

extension ShardBatch {
    /// The marker of a record as such, apart from the order in it; nil where nothing says the record's place.
    func marker(ofRecord index: Int) -> EventMarker? {
        self.eventID(ofRecord: index).flatMap { Identifier($0) }.map { EventMarker(id: $0) }
    }
}
