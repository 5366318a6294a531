internal import JSONText
internal import Platform

/// An extension inside the process that wants no events.
///
/// Lambda sends SIGTERM before SIGKILL only to an environment that has an extension.
enum InternalExtension {
    /// It is on the way to the first `next`: a server that does not know the call must not hold it up for long.
    private static let patience = Duration.seconds(1)

    /// Registers the extension, where the Extensions API answers, and gives the connection on which it then waits.
    ///
    /// The call itself goes over the loop's connection, so that a server without that API sees only one. Without an
    /// extension SIGTERM does not come, which is no error.
    static func register(
        over connection: RuntimeAPIConnection,
        address: RuntimeAPIAddress
    ) -> RuntimeAPIConnection? {
        do throws(ConnectionFailure) {
            let body = Array(#"{"events":[]}"#.utf8)
            let status = try connection.post(.registerExtension, body: body, patience: self.patience) {
                $0.header("Lambda-Extension-Name", "graceful-shutdown")
            }
            guard status == 200, let identifier = connection.head["lambda-extension-identifier"] else { return nil }
            // Lambda counts an extension as ready when it waits for an event, of which none will come.
            let parked = RuntimeAPIConnection(address: address)
            try parked.park(.nextExtensionEvent(identifier: identifier))
            return parked
        } catch {
            return nil
        }
    }
}
