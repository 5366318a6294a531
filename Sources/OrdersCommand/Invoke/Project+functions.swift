internal import Foundation

extension Project {
    /// What `scripts/build` can build: the folders of Sources/Functions, and the probe.
    package var functions: [String] {
        get throws {
            let folder = self.root.appendingPathComponent("Sources/Functions")
            do {
                return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() + ["RuntimeProbe"]
            } catch {
                throw ToolError.badUse("\(folder.path) cannot be read: is \(self.root.path) this repository?")
            }
        }
    }

    /// Checks the name of a function that a user typed.
    package func checkFunction(_ name: String) throws {
        let functions = try self.functions
        guard !functions.contains(name) else { return }
        throw ToolError.badUse("no function named \(name): there are \(functions.joined(separator: ", "))")
    }
}
