import Platform
import Testing

struct CountedNounTests {
    @Test(arguments: [(0, "0 records"), (1, "1 record"), (2, "2 records"), (-1, "-1 records"), (1_000, "1000 records")])
    func `one is one and everything else is many`(count: Int, text: String) {
        #expect(count.counting("record") == text)
    }

    @Test func `a plural of its own is used`() {
        #expect(UInt64(3).counting("batch", plural: "batches") == "3 batches")
        #expect(UInt64(1).counting("batch", plural: "batches") == "1 batch")
    }
}
