internal import AWSClient
internal import ArgumentParser
internal import Platform

/// Which archive is read: options of `rebuild` and `audit`.
struct ArchiveOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Read a copy of the archive in this folder, as of aws s3 sync s3://<bucket>/orders <folder>/orders, instead of "
                + "the bucket. What the objects' metadata say is then not checked.",
            valueName: "folder"
        )
    )
    var archive: String?

    /// The archive.
    func store(_ access: AWSAccess, bucket: String) throws -> any ArchiveStore {
        if let archive { return try FolderStore(archive) }
        return BucketStore(s3: S3Client(session: access.session), bucket: bucket, time: access.time)
    }
}
