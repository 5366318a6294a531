internal import JSONText

/// The envelope that EventBridge puts around what an application sends: `detail` beside `detail-type` and `source`.
enum EventBridgeEnvelope {
    /// Where in the text the `detail` stands, an object; nil where the text is no such envelope.
    static func detail(in text: some Collection<UInt8>) -> Range<Int>? {
        let found = try? JSONReader.read(text) { reader -> Range<Int>? in
            guard try reader.peek() == .object else {
                try reader.skip()
                return nil
            }
            var detail: Range<Int>?
            var hasType = false
            var hasSource = false
            try reader.readObject { key, reader in
                let kind = try reader.peek()
                let range = try reader.skip()
                if key == "detail" {
                    detail = kind == .object ? range : nil
                } else if key == "detail-type" {
                    hasType = kind == .string
                } else if key == "source" {
                    hasSource = kind == .string
                }
            }
            return hasType && hasSource ? detail : nil
        }
        return found.flatMap { $0 }
    }
}
