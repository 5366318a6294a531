package import AWSClient
internal import Platform

extension AWSConfiguration {
    /// A configuration with example credentials, and whatever else a test needs.
    package static func example(_ more: [String: String] = [:]) throws -> AWSConfiguration {
        let basics = [
            "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        ]
        return try AWSConfiguration(
            environment: Environment(basics.merging(more) { $1 }),
            fileExists: { _ in false }
        )
    }
}

extension AWSSession {
    /// A session in front of a script, in time that jumps.
    package static func scripted(
        _ transport: ScriptedTransport,
        time: ManualTime = ManualTime(),
        environment: [String: String] = [:],
        seed: UInt64 = 1
    ) throws -> AWSSession {
        AWSSession(
            configuration: try .example(environment),
            transport: transport,
            time: time,
            random: SeededRandom(seed: seed)
        )
    }
}
