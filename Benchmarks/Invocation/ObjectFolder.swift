import Glibc
import Synchronization

/// Objects as files under their keys, as `aws s3 sync` leaves them.
final class ObjectFolder: Sendable {
    private let path: String
    private let objects = Atomic<Int>(0)

    /// How many objects were kept.
    var count: Int { self.objects.load(ordering: .relaxed) }

    init(_ path: String) {
        self.path = path
    }

    /// Writes the object that a request to `/orders/dt%3D2025-08-27/…` puts; ends the process where the disk refuses.
    func keep(_ body: [UInt8], at requestPath: String) {
        let key = requestPath.split(separator: "%3D").joined(separator: "=")
        var folder = self.path
        for part in key.split(separator: "/").dropLast() {
            folder += "/" + part
            mkdir(folder, 0o755)
        }
        guard let file = fopen(self.path + key, "wb"), fwrite(body, 1, body.count, file) == body.count,
            fclose(file) == 0
        else {
            perror(self.path + key)
            exit(1)
        }
        self.objects.wrappingAdd(1, ordering: .relaxed)
    }
}
