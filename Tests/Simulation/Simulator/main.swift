internal import ArgumentParser
internal import Foundation

/// Runs the command and gives its exit status: 2 for wrong use, as the scripts promise; the library's own is 64.
func runCommand() -> Int32 {
    do {
        let command = try SimulateCommand.parse()
        try command.run()
        return 0
    } catch {
        let message = SimulateCommand.fullMessage(for: error)
        switch SimulateCommand.exitCode(for: error) {
        case .success:
            // Help, which was asked for.
            print(message)
            return 0
        case let code:
            if !message.isEmpty { FileHandle.standardError.write(Data((message + "\n").utf8)) }
            return code == .validationFailure ? 2 : code.rawValue
        }
    }
}

exit(runCommand())
