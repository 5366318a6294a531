package import AWSClient
internal import JSONText
package import Platform

extension AWSService {
    /// The key management service.
    package static let kms = AWSService(
        name: "KMS",
        environmentName: "KMS",
        hostPrefix: "kms",
        wireProtocol: .json(version: "1.1", targetPrefix: "TrentService"),
        govCloudFIPS: .none
    )
}

/// KMS over the network, as far as the tool looks at the key that a stack is encrypted with.
package struct KMSClient: Sendable {
    private let session: AWSSession

    /// KMS by the session's endpoint and credentials.
    package init(session: AWSSession) {
        self.session = session
    }

    /// `Enabled`, `Disabled`, `PendingDeletion` and so on.
    package func keyState(keyID: String, deadline: UTCInstant?) async throws(AWSError) -> String {
        try await self.session.call(
            .kms,
            "DescribeKey",
            deadline: deadline,
            write: { $0.member("KeyId", keyID) },
            read: { reader in
                try reader.readRequiredMember("KeyMetadata") { reader in
                    try reader.readMember("KeyState") { try $0.readString() } ?? ""
                }
            }
        )
    }

    /// The key's policy, a JSON text; each key has one, of the name `default`.
    package func keyPolicy(keyID: String, deadline: UTCInstant?) async throws(AWSError) -> String {
        let write = { (writer: inout JSONWriter) in
            writer.member("KeyId", keyID)
            writer.member("PolicyName", "default")
        }
        return try await self.session.call(.kms, "GetKeyPolicy", deadline: deadline, write: write) { reader in
            try reader.readRequiredMember("Policy") { try $0.readString() }
        }
    }
}
