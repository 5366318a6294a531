import Orders
import Testing

/// Values that a test states to be valid.
func money(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Money {
    try #require(Money(text, integerDigits: Money.sumIntegerDigits), sourceLocation: sourceLocation)
}

func time(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Timestamp {
    try #require(Timestamp(text), sourceLocation: sourceLocation)
}

func id(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Identifier {
    try #require(Identifier(text), sourceLocation: sourceLocation)
}

func rules(normal: String = "100", premium: String = "1000", domains: String = "test.com") throws -> OrderRules {
    OrderRules(
        normalMinimum: try #require(AmountThreshold(normal)),
        premiumMinimum: try #require(AmountThreshold(premium)),
        testDomains: try #require(TestDomains(domains))
    )
}
