import Foundation
import JSONText

/// The fuzzer's entry: base64 must be read and written as Foundation does, which the first byte chooses.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzBase64(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    // A block of its own size: the address sanitizer sees what is read beyond it.
    let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: count - 1)
    defer { input.deallocate() }
    _ = input.initialize(from: UnsafeBufferPointer(start: start + 1, count: count - 1))
    let bytes = UnsafeBufferPointer(input)
    if start[0].isMultiple(of: 2) {
        checkDecoding(bytes)
    } else {
        let text = Base64.encode(bytes)
        expect(text == Data(bytes).base64EncodedString(), "written differently")
        expect(Base64.decode(Array(text.utf8)) == Array(bytes), "not read back")
        damage(Array(text.utf8), by: start[0])
    }
    return 0
}

/// One place of a right text changed: what fuzzing of single bytes takes long to find in a long one.
private func damage(_ text: [UInt8], by choice: UInt8) {
    guard !text.isEmpty else { return }
    var text = text
    let place = text.count * Int(choice) / 256
    text[place] = [UInt8(ascii: "="), UInt8(ascii: "-"), UInt8(ascii: "B"), 0x0A, 0xFF][Int(choice) % 5]
    text.withUnsafeBufferPointer(checkDecoding)
}

private func checkDecoding(_ text: UnsafeBufferPointer<UInt8>) {
    let ours = Base64.decode(text)
    var buffer: [UInt8] = [1, 2, 3]
    expect(Base64.decode(text, into: &buffer) == (ours != nil) && buffer == ours ?? [], "the two calls differ")
    let theirs = Data(base64Encoded: Data(text)).map(Array.init)
    if ours == theirs { return }
    expect(ours == nil, "here: \(String(describing: ours)), Foundation: \(String(describing: theirs))")
    // `Tests/Fuzzing/README.md` lists these.
    expect(
        hasPaddingInside(text) || hasAnotherEnd(text, of: theirs ?? []),
        "refused here, Foundation: \(String(describing: theirs))"
    )
}

/// `Zg=B`.
private func hasPaddingInside(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let padding = UInt8(ascii: "=")
    return text.drop { $0 != padding }.contains { $0 != padding }
}

/// `Zh==`, `Zm9v=`: whether the text is right, and the same bytes, with the padding it needs and other bits in its last
/// character, where no byte takes them.
private func hasAnotherEnd(_ text: UnsafeBufferPointer<UInt8>, of bytes: [UInt8]) -> Bool {
    // Of nothing but `=` Foundation makes zero bytes.
    guard let last = text.lastIndex(where: { $0 != UInt8(ascii: "=") }) else { return bytes.allSatisfy { $0 == 0 } }
    var other = Array(text[...last])
    other += Array(repeating: UInt8(ascii: "="), count: (4 - other.count % 4) % 4)
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8.contains { character in
        other[last] = character
        return Base64.decode(other) == bytes
    }
}
