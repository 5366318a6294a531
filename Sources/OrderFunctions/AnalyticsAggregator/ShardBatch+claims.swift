internal import LambdaEvents
internal import Orders
internal import Platform

extension ShardBatch {
    /// Where a record stands; nil where nothing says it.
    func place(ofRecord index: Int) -> StreamPlace? {
        self.records[index].sequenceNumber.map {
            let part = self.records[index].subSequenceNumber
            return StreamPlace(stream: self.stream, shardID: self.shardID, number: $0, part: part)
        }
    }

    /// The claim that a record would put; nil where nothing says its place.
    func claim(of marker: EventMarker, by index: Int, digest: String?, day: Day?) -> EventClaim? {
        guard let owner = self.place(ofRecord: index) else { return nil }
        let arrival = self.records[index].arrival?.secondsSince1970
        var claim = EventClaim(marker: marker, owner: owner, arrival: arrival, digest: digest)
        // Mostly it is that of the arrival, and there are as many claims as orders.
        if day != arrival.map(EventClaim.day(ofArrival:)) { claim.day = day }
        return claim
    }

    /// A record's event id where Kinesis had it, which is the same however often it is redriven; nil where nothing says its
    /// place.
    func originalID(ofRecord index: Int) -> Identifier? {
        guard let redrive = RedriveShard(shardID: self.shardID) else {
            return self.eventID(ofRecord: index).flatMap { Identifier($0) }
        }
        // The letter of an aggregate that no process could read holds all of its parts.
        let part = redrive.subSequenceNumber == nil ? self.records[index].subSequenceNumber : nil
        return Identifier(redrive.originalEventID + (part.map { ":\($0)" } ?? ""))
    }

    /// By what a redriven order counts once that has nothing else: where Kinesis had its record; nil for what is not redriven.
    ///
    /// A record may have several letters, one refused after the other, and each has a position of its own in the rows.
    func redrivenID(ofRecord index: Int) -> Identifier? {
        RedriveShard(shardID: self.shardID) == nil ? nil : self.originalID(ofRecord: index)
    }

    /// The key of a record's dead letter, whatever order it holds; nil where nothing says the record's place in the stream.
    func marker(ofRecord index: Int) -> EventMarker? {
        self.eventID(ofRecord: index).flatMap { Identifier($0) }.map { EventMarker(id: $0, scope: .letter) }
    }
}
