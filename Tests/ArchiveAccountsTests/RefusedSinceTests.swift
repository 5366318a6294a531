import ArchiveAccounts
import OrderFunctions
import Orders
import Testing

/// Which records an object has that were orders by the rules of then, and are none by those of now.
@Suite struct RefusedSinceTests {
    private static let accepted = #""verdict":"accepted","day":"2025-08-26""#

    /// A line of an order, or of what is none for its negative amount, that was understood as `order` then.
    private static func line(_ number: Int, isOrder: Bool, _ order: String) -> [UInt8] {
        let record = ArchiveText.order("m\(number)", amount: isOrder ? "1" : "-1")
        let text = String(decoding: ArchiveText.line(number, record), as: UTF8.self)
        return Array(text.replacing(#""order":{}"#, with: #""order":{\#(order)}"#).utf8)
    }

    private static func account(_ lines: [[UInt8]]) -> ObjectAccount {
        var account = ObjectAccount(object: 0, key: ArchiveText.key, decoder: OrderRecordDecoder())
        for line in lines { account.add(line[...]) }
        return account
    }

    @Test func `they are counted by the days that they counted in, and are no faults`() {
        let account = Self.account([
            Self.line(100, isOrder: false, Self.accepted), Self.line(101, isOrder: true, Self.accepted),
            Self.line(102, isOrder: false, Self.accepted),
        ])
        #expect(account.faults.isEmpty)
        #expect((account.accepted, account.refused) == (1, 2))
        #expect(account.refusedSince == [Day(number: 2025_08_26): 2])
    }

    @Test(
        arguments: [
            #""verdict":"refused","day":"2025-08-26""#, #""verdict":"accepted""#,
            #""verdict":"accepted","day":"never""#, #""verdict":1,"day":"2025-08-26""#, "",
        ]
    )
    func `no other record is one, nor one of which nothing tells the day`(order: String) {
        let account = Self.account([Self.line(100, isOrder: false, order)])
        #expect(account.refused == 1)
        #expect(account.refusedSince.isEmpty)
    }
}
