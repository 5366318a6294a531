extension Dictionary where Value == Int {
    /// The place of a key, which is `new` from now on where it had none; looked up once.
    mutating func place(of key: Key, or new: Int) -> Int {
        func read(_ place: inout Int) -> Int { place }
        return read(&self[key, default: new])
    }
}
