extension BinaryInteger {
    /// The number with what it counts, as people read it: `1 record`, `2 records`, `0 batches`.
    ///
    /// A `plural` is only to be given where it is not made by an s.
    package func counting(_ noun: String, plural: String? = nil) -> String {
        self == 1 ? "1 \(noun)" : "\(self) \(plural ?? noun + "s")"
    }
}
