internal import AWSClient
internal import ArgumentParser
internal import Foundation

// A parse error and a wrong argument are bad use: status 2, as the scripts promise. The library's own is 64.
do {
    var command = try OrdersTool.parseAsRoot()
    try command.run()
} catch let error as ToolError {
    error.report()
    exit(error.code.exitStatus)
} catch let error as AWSError {
    Console.note("error: \(error)")
    exit(1)
} catch {
    guard OrdersTool.exitCode(for: error) != .success else { OrdersTool.exit(withError: error) }
    let isBadUse = OrdersTool.exitCode(for: error) == .validationFailure
    // A status alone has no message.
    let message = OrdersTool.fullMessage(for: error)
    if !message.isEmpty { Console.note(message) }
    exit(isBadUse ? 2 : OrdersTool.exitCode(for: error).rawValue)
}
