import Foundation

/// The sample events of `events/`, which the README offers to users.
enum SampleEvents {
    static let directory = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "events")

    static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: self.directory.path)
            .filter { $0.hasSuffix(".json") }
            .map { String($0.dropLast(5)) }
            .sorted()
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: self.directory.appending(path: "\(name).json")))
    }
}
