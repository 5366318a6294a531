import JSONText

/// The fuzzer's entry: traps on a finding.
///
/// libFuzzer gives each input in a heap block of exactly its size, so that the address sanitizer sees a read beyond
/// either end; nothing here may copy it into a larger one before the reader has it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSONReader(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: start, count: count)
    var reading = Reading()
    let ours = outcome(of: bytes) { reader in try reading.value(&reader) }
    if case .refused(let error) = ours {
        // A generic reader expects nothing, so that whatever it refuses is the text's fault.
        expect(error.code == .malformed || error.code == .tooLarge, "\(error)")
        expect((0...count).contains(error.offset), "an error beyond the text: \(error)")
    }
    checkSkipping(bytes, ours)
    checkAgainstFoundation(bytes, ours, reading.differences)
    return 0
}

/// What became of a text.
enum Outcome: Equatable {
    case value(Value)
    case refused(JSONError)
}

func outcome(
    of bytes: UnsafeBufferPointer<UInt8>,
    _ body: (inout JSONReader) throws -> Value
) -> Outcome {
    do {
        return .value(try JSONReader.read(bytes, body))
    } catch let error as JSONError {
        return .refused(error)
    } catch {
        fatalError("an error of another type: \(error)")
    }
}

/// Skipping must accept what reading accepts, refuse it for the same reason at the same place, and end where it ends.
private func checkSkipping(_ bytes: UnsafeBufferPointer<UInt8>, _ read: Outcome) {
    var range = 0..<0
    let skipped = outcome(of: bytes) { reader in
        range = try reader.skip()
        return .null
    }
    var partly = Reading(skipping: SeededGenerator(seed: UInt64(truncatingIfNeeded: bytes.count) ^ hash(bytes)))
    let mixed = outcome(of: bytes) { reader in try partly.value(&reader) }
    expect(mixed == read, "some values skipped: \(mixed), none skipped: \(read)")
    switch (skipped, read) {
    case (.value, .value):
        let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
        expect(bytes[..<range.lowerBound].allSatisfy(blanks.contains), "skipping begins too late")
        expect(bytes[range.upperBound...].allSatisfy(blanks.contains), "skipping ends too early")
        expect(!blanks.contains(bytes[range.lowerBound]) && !blanks.contains(bytes[range.upperBound - 1]), "blanks")
    case (.refused(let skipping), .refused(let reading)):
        expect(skipping == reading, "skipping: \(skipping), reading: \(reading)")
    case (.value, .refused), (.refused, .value):
        fatalError("skipping: \(skipped), reading: \(read)")
    }
}

private func checkAgainstFoundation(
    _ bytes: UnsafeBufferPointer<UInt8>,
    _ ours: Outcome,
    _ found: Set<KnownDifference>
) {
    var differences = found
    let text = Array(bytes)
    if KnownDifference.isOtherEncoding(text) {
        guard case .refused = ours else { fatalError("only UTF-8 without a mark is JSON: \(ours)") }
        return
    }
    if case .refused(let error) = ours {
        if let difference = KnownDifference(error, in: text) { differences.insert(difference) }
    }
    var expected: Value?
    if case .value(let value) = ours {
        expected = value
        // Foundation reads it, too, so comparing would not tell.
        expect(!KnownDifference.hasTrailingComma(text), "a comma before a closing bracket is read")
    }
    let theirs = FoundationValue.read(text, expected: expected)
    switch (ours, theirs) {
    case (.value(let ours), let theirs?):
        expect(
            differences.contains(.repeatedKey) || ours.agrees(with: theirs),
            "here: \(ours), JSONDecoder: \(theirs)"
        )
    case (.value(let ours), nil):
        expect(differences.contains(where: \.isOursAlone), "here: \(ours), JSONDecoder refuses")
    case (.refused(let error), let theirs?):
        expect(
            differences.contains(where: \.isTheirsAlone) || theirs.memberCount < KnownDifference.memberCount(of: text),
            "here: \(error), JSONDecoder: \(theirs)"
        )
    case (.refused, nil): break
    }
}

/// FNV-1a: the same for the same input in every process.
private func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}
