internal import AWSClient
internal import AWSOperations
internal import ArgumentParser
internal import Foundation

/// Runs the command and gives its exit status.
func runCommand() throws(ToolError) -> Int32 {
    do {
        var command = try OrdersTool.parseAsRoot()
        try command.run()
        return 0
    } catch let error as ToolError {
        throw error
    } catch let error as AWSError {
        throw ToolError.failed(error.advisedDescription)
    } catch {
        // A status alone has no message.
        let message = OrdersTool.fullMessage(for: error)
        switch OrdersTool.exitCode(for: error) {
        case .success:
            // Help, which was asked for.
            try Console.result(message.utf8)
            return 0
        case let code:
            if !message.isEmpty { Console.note(message) }
            // A parse error and a wrong argument are bad use: status 2, as the scripts promise. The library's own is 64.
            return code == .validationFailure ? 2 : code.rawValue
        }
    }
}

Console.prepare()
StopSignals.letOthersEndTheProcess()
do {
    exit(Console.exitStatus(try runCommand()))
} catch {
    error.report()
    exit(error.code.exitStatus)
}
