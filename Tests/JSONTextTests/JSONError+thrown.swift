import JSONText

extension JSONError {
    /// What `body` throws of this type, to compare with what another way of reading throws.
    static func thrown(_ body: () throws -> Void) -> JSONError? {
        do {
            try body()
            return nil
        } catch {
            return error as? JSONError
        }
    }
}
