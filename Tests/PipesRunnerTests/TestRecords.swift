import PipesRunner
import Platform

extension PolledRecord {
    /// A record numbered for a test: `e7`, sequence number 7, arrived 7 s after the epoch.
    static func numbered(_ number: Int, key: String = "k", bytes: Int = 2) -> PolledRecord {
        PolledRecord(
            identifier: "e\(number)",
            sequenceNumber: "\(number)",
            arrival: UTCInstant(secondsSince1970: Int64(number)),
            orderingKey: key,
            json: Array(repeating: UInt8(ascii: "7"), count: bytes)
        )
    }
}

extension UTCInstant {
    static func seconds(_ seconds: Int64) -> UTCInstant { UTCInstant(secondsSince1970: seconds) }
}
