internal import Synchronization

/// A day's signing keys, which are four HMACs each: a third of what a signature costs.
///
/// One per session, whose credentials and region stay what they are.
package final class SigningKeyCache: Sendable {
    private struct Entry {
        var date: String
        var key: [UInt8]
    }

    /// By the signing name of the service.
    private let entries = Mutex<[String: Entry]>([:])

    package init() {}

    /// The service's key of that day, derived at its first use.
    func key(service: String, date: String, derive: () -> [UInt8]) -> [UInt8] {
        self.entries.withLock { entries in
            if let entry = entries[service], entry.date == date { return entry.key }
            let key = derive()
            entries[service] = Entry(date: date, key: key)
            return key
        }
    }
}
