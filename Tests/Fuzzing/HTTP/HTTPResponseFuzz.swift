/// The fuzzer's entry: a response cut at any places must read as it does in one piece.
///
/// The first byte seeds the places; the rest is the response.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTPResponse(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    let bytes = UnsafeRawBufferPointer(start: start + 1, count: count - 1)
    let whole = read(bytes) { _ in bytes.count }
    var seed = start[0]
    let parts = read(bytes) { _ in
        seed = seed &* 73 &+ 41
        return Int(seed % 9) + 1
    }
    expect(whole == parts, "cut in pieces the response reads differently: \(whole) and \(parts)")
    return 0
}

/// What became of the bytes.
private enum Outcome: Equatable {
    case response(status: Int, body: [UInt8], keepsConnection: Bool, length: Int)
    case refused(HTTPResponseError)
}

private func read(_ bytes: UnsafeRawBufferPointer, pieceLength: (Int) -> Int) -> Outcome {
    var reader = HTTPResponseReader()
    var cursor = 0
    do {
        while cursor < bytes.count, !reader.isComplete {
            let end = min(bytes.count, cursor + pieceLength(cursor))
            let used = try reader.receive(UnsafeRawBufferPointer(rebasing: bytes[cursor..<end]))
            expect(used == end - cursor || reader.isComplete, "the reader left bytes of an incomplete response")
            cursor += used
        }
        if !reader.isComplete { try reader.receiveEnd() }
    } catch let error as HTTPResponseError {
        return .refused(error)
    } catch {
        fatalError("the reader threw something else: \(error)")
    }
    return .response(
        status: reader.head.status,
        body: reader.takeBody(),
        keepsConnection: reader.keepsConnection,
        length: cursor
    )
}
