internal import JSONText
internal import OrdersCommand
internal import TestSupport
internal import Testing

/// What differs between two states of the page, and nothing else.
@Suite struct DashboardPatchTests {
    private func json(_ patch: DashboardPatch) -> String {
        var writer = JSONWriter()
        patch.write(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func `equal values have no patch`() {
        let value: DashboardValue = ["queues": ["OrderQueue": ["waiting": "3"]]]
        #expect(DashboardPatch(from: value, to: value) == nil)
        #expect(DashboardPatch(from: "a", to: "a") == nil)
    }

    @Test func `a patch has what changed, came and went`() throws {
        let old: DashboardValue = ["a": ["x": "1", "y": "2", "z": "3"], "b": ["kept": "1"], "c": "gone"]
        let new: DashboardValue = ["a": ["x": "1", "y": "5"], "b": ["kept": "1"], "d": ["new": "7"]]
        let patch = try #require(DashboardPatch(from: old, to: new))
        #expect(self.json(patch) == #"{"a":{"y":"5","z":null},"c":null,"d":{"new":"7"}}"#)
        #expect(patch.applied(to: old) == new)
    }

    @Test func `names and texts that are canonically equivalent are two`() throws {
        let texts = Fixtures.equivalentTexts
        let values = texts.map { DashboardValue.object([ExactText($0): "1"]) }
        #expect(values[0] != values[1])
        let both = DashboardValue.object([ExactText(texts[0]): "1", ExactText(texts[1]): "2"])
        #expect(both[texts[0]] == "1" && both[texts[1]] == "2")
        let patch = try #require(DashboardPatch(from: values[0], to: both))
        #expect(Array(self.json(patch).utf8) == Array("{\"\(texts[1])\":\"2\"}".utf8))
        #expect(patch.applied(to: values[0]) == both)
        let renamed = try #require(DashboardPatch(from: values[0], to: values[1]))
        #expect(Array(self.json(renamed).utf8) == Array("{\"\(texts[1])\":\"1\",\"\(texts[0])\":null}".utf8))
        #expect(renamed.applied(to: values[0]) == values[1])
        #expect(DashboardPatch(from: .text(texts[0]), to: .text(texts[1])) == .replaced(.text(texts[1])))
    }

    @Test func `a text in place of an object replaces it, and the other way round`() throws {
        let text: DashboardValue = "1"
        let object: DashboardValue = ["x": "1"]
        let empty: DashboardValue = [:]
        for (old, new) in [(text, object), (object, text), (empty, text), (text, empty)] {
            #expect(DashboardPatch(from: old, to: new)?.applied(to: old) == new)
        }
    }

    @Test func `an object without members comes as one`() throws {
        let patch = try #require(DashboardPatch(from: [:], to: ["figures": [:]]))
        #expect(self.json(patch) == #"{"figures":{}}"#)
    }

    /// The page applies each patch to what it has: whatever came before, both sides have the same.
    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `patches in a row lead from any state to any other`(seed: UInt64) throws {
        let random = SeededRandom(seed: seed)
        var page = Self.value(random, depth: 3)
        for _ in 0..<20 {
            let next = Self.value(random, depth: 3)
            guard let patch = DashboardPatch(from: page, to: next) else {
                #expect(page == next)
                continue
            }
            let applied = try #require(patch.applied(to: page))
            #expect(applied == next)
            #expect(DashboardPatch(from: applied, to: next) == nil)
            page = applied
        }
    }

    private static func value(_ random: SeededRandom, depth: Int) -> DashboardValue {
        guard depth > 0, random.next() % 4 != 0 else { return .count(random.next() % 3) }
        var members: [ExactText: DashboardValue] = [:]
        for _ in 0..<(random.next() % 5) {
            members["k\(random.next() % 6)"] = self.value(random, depth: depth - 1)
        }
        return .object(members)
    }
}
