internal import AWSClient
internal import LambdaEvents

extension KinesisAggregate {
    /// Takes an aggregate apart, with OpenSSL's MD5.
    init(_ bytes: [UInt8]) throws(Damage) {
        try self.init(bytes, md5: { Digest.md5($0) })
    }
}
