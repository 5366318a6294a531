package import Platform

extension S3Client {
    /// Deletes the object; one that is not there is no error.
    ///
    /// The tool deletes failed batches that it delivered; no function needs `s3:DeleteObject`.
    package func deleteObject(bucket: String, key: String, deadline: UTCInstant?) async throws(AWSError) {
        let request = self.request("DeleteObject", .delete, bucket: bucket, key: key)
        try await self.session.send(request, deadline: deadline, read: Self.readNothing)
    }
}
