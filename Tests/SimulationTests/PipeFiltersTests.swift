import Foundation
import Simulation
import Testing

@Suite struct PipeFiltersTests {
    /// The template's text without blanks, its parameters as the simulation sets them.
    private static func template() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "cloudformation.yaml")
        var text = try String(contentsOf: file, encoding: .utf8).filter { !$0.isWhitespace }
        for (parameter, value) in [
            ("${NormalMinimumAmount}", "100"), ("${PremiumMinimumAmount}", "1000"), ("${TestDomains}", "test.com"),
        ] {
            text = text.replacing(parameter, with: value)
        }
        return text
    }

    @Test(arguments: [("NormalOrdersPipe", PipeFilters.normal), ("PremiumOrdersPipe", PipeFilters.premium)])
    func `the filters are those of the template, all of them`(pipe: String, patterns: [String]) throws {
        let template = try Self.template()
        let start = try #require(template.range(of: "\(pipe):Type:AWS::Pipes::Pipe"))
        let rest = template[start.upperBound...]
        let end = try #require(rest.range(of: "Target:"))
        let own = rest[..<end.lowerBound]
        #expect(own.components(separatedBy: "-Pattern:").count - 1 == patterns.count)
        for pattern in patterns { #expect(own.contains(pattern.filter { !$0.isWhitespace })) }
    }
}
