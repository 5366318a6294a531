/// What became of one record.
///
/// Of several the greatest counts: an event of which one part was new was counted.
package enum RecordFate: Int, Sendable, Comparable {
    /// Not done yet; at the end of an invocation it is what failed.
    case pending
    /// Of a type that is not counted.
    case skipped
    /// Done before, by whatever delivery.
    case duplicate
    case counted
    case deadLettered

    package static func < (left: RecordFate, right: RecordFate) -> Bool { left.rawValue < right.rawValue }
}
