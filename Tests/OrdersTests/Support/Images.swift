import JSONText
import Orders

/// What `read` makes of a text that is one image.
func image<Subject>(
    _ text: some Sequence<UInt8>,
    _ read: (inout JSONReader) throws -> Result<Subject, OrderError>
) throws -> Result<Subject, OrderError> {
    try JSONReader.read(Array(text)) { try read(&$0) }
}

/// The order in a text that is one image.
func order(image text: some Sequence<UInt8>) throws -> Order {
    try image(text, Order.read(image:)).get()
}
