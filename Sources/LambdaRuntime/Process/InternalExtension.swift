internal import JSONText
internal import Platform

/// An extension inside the process that wants no events.
///
/// Lambda sends SIGTERM before SIGKILL only to an environment that has an extension.
final class InternalExtension {
    private let connection: RuntimeAPIConnection

    init(address: RuntimeAPIAddress) {
        // It is on the way to the first `next`: a server that does not know the call must not hold it up for long.
        self.connection = RuntimeAPIConnection(address: address, patience: .seconds(1))
    }

    /// Registers the extension, where the Extensions API answers.
    ///
    /// Without it SIGTERM does not come: no error.
    func register() {
        do {
            let status = try self.connection.post(.registerExtension, body: Array(#"{"events":[]}"#.utf8)) {
                $0.header("Lambda-Extension-Name", "graceful-shutdown")
            }
            guard status == 200, let identifier = self.connection.head["lambda-extension-identifier"] else { return }
            // Lambda counts an extension as ready when it waits for an event, of which none will come.
            try self.connection.park(.nextExtensionEvent(identifier: identifier))
        } catch {
            return
        }
    }
}
