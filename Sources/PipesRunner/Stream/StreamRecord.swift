package import Platform

/// One record of a shard, ready to be sent.
package struct StreamRecord: Sendable, Equatable {
    /// What a partial failure names it by: the `eventID` for a Pipe, the sequence number for a mapping.
    package let identifier: String
    package let sequenceNumber: String
    /// When it reached the stream, as far as the stream tells; nil never ages.
    package let arrival: UTCInstant?
    /// Records of equal keys are delivered in their order, whatever the parallelization factor.
    package let orderingKey: String
    /// The record as the target gets it: one JSON object.
    package let json: [UInt8]

    package init(
        identifier: String,
        sequenceNumber: String,
        arrival: UTCInstant?,
        orderingKey: String,
        json: [UInt8]
    ) {
        self.identifier = identifier
        self.sequenceNumber = sequenceNumber
        self.arrival = arrival
        self.orderingKey = orderingKey
        self.json = json
    }
}
