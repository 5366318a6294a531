package import AWSClient

/// The version that stored items carry, so that a version that does not know what a later one stored says so instead of
/// writing over it.
///
/// docs/formats.md says what a change of a format asks for.
enum StoredFormat {
    /// The attribute's name; expressions have a placeholder for it, as for all names.
    static let attribute = "format"

    /// Throws an `AWSError` `.foreignFormat` for an item of a later format, or of one that cannot be told.
    ///
    /// `expected` is the format that this version writes; it reads that format and all before it.
    static func require(
        _ number: String?,
        upTo expected: Int,
        _ name: String,
        operation: String
    ) throws(AWSError) {
        guard let number, let format = Int(number) else {
            throw AWSError(
                code: .foreignFormat,
                message: "\(name) has no format, so a version before 1.0 wrote it; deploy a new stack",
                operation: operation
            )
        }
        guard format <= expected else {
            throw AWSError(
                code: .foreignFormat,
                message:
                    "\(name) is of format \(format), and this version knows \(expected); deploy the version that wrote "
                    + "it, or a later one",
                operation: operation
            )
        }
    }
}

extension AWSError.Code {
    /// What is stored is of a format that only another version knows, and can be read once that version is deployed.
    package static let foreignFormat = AWSError.Code(rawValue: "ForeignFormat")
}
