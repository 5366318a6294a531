internal import AWSClient
internal import COpenSSL
internal import LambdaEvents
package import Orders

extension OrderRecordDecoder {
    /// The decoder with OpenSSL's SHA-1, of which the ids of short records are made.
    package init(rules: InputRules = InputRules()) {
        self.init(rules: rules) { bytes in
            OpenSSLSetup.ensure()
            var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
            SHA1(bytes, bytes.count, &digest)
            return digest
        }
    }

    /// Decodes a record.
    ///
    /// The buffer, which can serve a whole batch, then holds `record.bytes`.
    func decode(_ record: ShardRecord, buffer: inout [UInt8]) -> OrderRecord {
        do {
            let delivered = try record.content.get()
            try delivered.decodeData(into: &buffer)
            return self.decode(
                buffer,
                eventID: delivered.eventID,
                arrival: record.arrival.map { Timestamp($0) }
            )
        } catch {
            buffer = record.bytes
            // Not even the event source's part of the record can be read, so nothing says that it is an order.
            return .invalid(InvalidOrder(error: OrderError(.malformed, error.reason)))
        }
    }
}
