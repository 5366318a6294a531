package import Foundation
package import Platform

/// Where the repository is: the template and the built functions are found from there.
package struct Project: Sendable {
    /// The repository's folder.
    package let root: URL

    /// The folder `scripts/orders` names, else the nearest one above the working directory that has a template.
    package static func locate(_ environment: Environment, from directory: URL) throws -> Project {
        if let path = environment["ORDERS_PROJECT"] {
            return Project(root: URL(fileURLWithPath: path, isDirectory: true))
        }
        var folder = directory.standardizedFileURL
        while folder.path != "/" {
            if ["cloudformation.yaml", "Package.swift"].allSatisfy({ folder.hasFile($0) }) {
                return Project(root: folder)
            }
            folder.deleteLastPathComponent()
        }
        throw ToolError.badUse(
            "no order-event pipeline around \(directory.path): run scripts/orders of the repository, or set ORDERS_PROJECT to its folder"
        )
    }

    /// Where `scripts/build` puts a function.
    package func bootstrap(of function: String) -> URL {
        self.root.appendingPathComponent("dist/\(function)/bootstrap")
    }

    /// The one configuration of everything that is deployed.
    package var template: URL { self.root.appendingPathComponent("cloudformation.yaml") }
}

extension URL {
    fileprivate func hasFile(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: self.appendingPathComponent(name).path)
    }
}
