internal import Platform

/// What has to be added to our clock to get the services', learnt from answers that refuse a request's time.
///
/// Our clock may be wrong and be put right later, and a request may be signed before its process is frozen and sent
/// weeks after: each refusal is measured anew, against the time that was signed.
struct ClockCorrection: Sendable {
    /// Signatures are refused beyond 15 minutes (5 by some services); below this a refusal has another reason.
    private static let tolerated: Duration = .seconds(240)

    private(set) var offset: Duration = .zero

    /// Whether the time explains why the request was refused, so that one signed now may pass.
    /// - Parameters:
    ///   - date: the service's own, from the answer; without one nothing is known.
    ///   - signed: the time that the request was signed for.
    ///   - received: when the answer came, by our clock as it is.
    mutating func explains(refusalAt date: UTCInstant?, signed: UTCInstant, received: UTCInstant) -> Bool {
        guard let date, Self.isFar(date - signed) else { return false }
        // Where the request was only long on its way, the clock is right.
        if Self.isFar(date - (received + self.offset)) { self.offset = date - received }
        return true
    }

    private static func isFar(_ difference: Duration) -> Bool {
        difference > self.tolerated || difference < .zero - self.tolerated
    }
}
