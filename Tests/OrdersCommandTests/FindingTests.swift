import OrdersCommand
import Testing

@Suite struct FindingTests {
    @Test func `nothing that AWS answers is obeyed by the terminal`() {
        let finding = Finding.ill("OrderWriter", "Failed (\u{1B}[2J\u{9B}1A)", "mend\n✓ OrderWriter: active")
        #expect(
            finding.lines(Terminal(width: nil, hasColours: false)) == [
                #"✗ OrderWriter: Failed (\u{1b}[2J\u{9b}1A)"#, #"    mend\u{a}✓ OrderWriter: active"#,
            ]
        )
    }
}
