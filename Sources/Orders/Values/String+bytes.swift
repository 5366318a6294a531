extension String {
    /// Runs `body` on the text's UTF-8.
    func withUTF8Bytes<Value>(_ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        var text = self
        return text.withUTF8(body)
    }

    /// Whether two texts are the same byte for byte; `==` takes canonically equivalent ones for the same.
    ///
    /// Compared as buffers: on UTF-8 views `elementsEqual` goes through their index arithmetic for every byte.
    func hasBytes(of other: String) -> Bool {
        self.withUTF8Bytes { bytes in other.withUTF8Bytes { bytes.elementsEqual($0) } }
    }
}
