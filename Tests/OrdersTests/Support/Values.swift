import JSONText
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

func bands(normal: String = "100", premium: String = "1000") throws -> AmountBands {
    let normalMinimum = try #require(AmountThreshold(normal))
    let premiumMinimum = try #require(AmountThreshold(premium))
    return try #require(AmountBands(normalMinimum: normalMinimum, premiumMinimum: premiumMinimum))
}

func rules(domains: String = "test.com") throws -> OrderRules {
    OrderRules(bands: try bands(), testDomains: try #require(TestDomains(domains)))
}

/// What `read` makes of a text that is one image.
func image<Subject>(
    _ text: some Sequence<UInt8>,
    _ read: (inout JSONReader) throws -> Result<Subject, OrderError>
) throws -> Result<Subject, OrderError> {
    try JSONReader.read(Array(text)) { try read(&$0) }
}

/// The order's image that a text is.
func orderImage(_ text: some Sequence<UInt8>) throws -> OrderImage {
    try image(text, OrderImage.read(image:)).get()
}
