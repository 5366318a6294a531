import JSONText
import LambdaEvents
import Orders
import Platform

/// The fuzzer's entry: no event may trap a reader, since a bootstrap that dies takes the whole batch with it.
///
/// The first byte says what the rest is: an event, or what an event carries, which is then put into one, since
/// mutations of base64 and of escaped text seldom leave any.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEvents(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    switch start[0] % 5 {
    case 0:
        readKinesis(input)
        readSQS(input)
        readStream(input)
    case 1: readKinesis(kinesisEvent(input), carrying: input)
    case 2: readSQS(sqsEvent(input), carrying: input)
    case 3: readStream(streamEvent(input))
    default:
        decode(input)
        _ = try? OrderUpdate(message: input)
        readImage(input[...])
    }
    return 0
}

private let decoder = OrderRecordDecoder { _ in Array(repeating: 7, count: 20) }

/// Everything the aggregator and the archiver ask of a batch.
private func readKinesis(_ event: [UInt8], carrying data: [UInt8]? = nil) {
    guard let records = try? KinesisEvent.read(event).records else {
        expect(data == nil, "an event that carries \(data?.count ?? 0) bytes is refused")
        return
    }
    for record in records {
        switch record {
        case .success(let record):
            _ = (record.eventID, record.shardID, record.partitionKey, record.streamName, record.description)
            _ = record.approximateArrivalTimestamp
            expect(SequenceNumber(record.sequenceNumber) != nil, "a record without a place in its shard")
            expectJSON(record.json)
            var buffer: [UInt8] = [1, 2, 3]
            let read = try? record.data()
            if (try? record.decodeData(into: &buffer)) != nil { expect(read == buffer, "the two calls differ") }
            if let data { expect(read == data, "the data is not what was put in") }
            if let read { decode(read) }
        case .failure(let error):
            _ = (error.description, error.itemIdentifier)
            expectJSON(error.json[...])
        }
    }
}

private func readSQS(_ event: [UInt8], carrying text: [UInt8]? = nil) {
    guard let records = try? SQSEvent.read(event).records else { return }
    for record in records {
        switch record {
        case .success(let record):
            _ = (record.messageID, record.sentTimestamp, record.eventSourceARN)
            if let text, String(validating: text, as: UTF8.self) != nil {
                expect(record.body == text, "the body is not what was put in")
            }
            _ = try? OrderUpdate(message: record.message)
            expectJSON(record.json)
        case .failure(let error):
            _ = (error.description, error.itemIdentifier)
            expectJSON(error.json[...])
        }
    }
}

private func readStream(_ event: [UInt8]) {
    let passedOver = try? DynamoDBEvent.read(event).records
    var images: [Int: Int] = [:]
    let decoded = try? DynamoDBEvent.read(event) { index, reader in
        let start = reader.offset
        _ = try OrderImage.read(image: &reader)
        images[index] = reader.offset - start
    }
    expect(passedOver?.count == decoded?.records.count, "decoding images changes no event")
    guard let records = decoded?.records else { return }
    for record in records {
        switch record {
        case .success(let record):
            if let image = record.newImage { expect(images[record.index] == image.count, "each new image was decoded") }
            _ = (record.eventID, record.itemIdentifier, record.description)
            _ = (record.approximateCreationDateTime, record.eventSourceARN)
            for image in [record.keys, record.newImage, record.oldImage] {
                guard let image else { continue }
                expectJSON(image)
                readImage(image)
            }
        case .failure(let error):
            _ = (error.description, error.itemIdentifier)
            expectJSON(error.json[...])
        }
    }
}

/// What a record holds, as far as its counters.
private func decode(_ data: [UInt8]) {
    let arrival = Timestamp(UTCInstant(secondsSince1970: 1_756_318_080))
    switch decoder.decode(data, eventID: "shardId-000000000000:1", arrival: arrival) {
    case .order(let event):
        let rows = event.counterRows
        expect(rows.count >= 2, "an order counts in revenue and orders")
        for row in rows { _ = (row.key.partitionKey, row.key.sortKey(lane: 1), row.delta.attributes) }
    case .invalid(let invalid): _ = (invalid.counterRows, "\(invalid.error)")
    case .otherType: break
    }
}

private func readImage(_ image: ArraySlice<UInt8>) {
    _ = try? JSONReader.read(image) { try RoutingAttributes.read(image: &$0) }
    _ = try? JSONReader.read(image) { try OrderImage.read(image: &$0) }
    _ = try? OrderImage.status(in: image[...])
}

/// What is handed on as a record's or an image's bytes is one JSON text.
private func expectJSON(_ text: ArraySlice<UInt8>) {
    do {
        try JSONReader.read(text) { reader in _ = try reader.skip() }
    } catch {
        fatalError("no JSON: \(error)")
    }
}

private func kinesisEvent(_ data: [UInt8]) -> [UInt8] {
    Array(
        #"{"Records":[{"kinesis":{"partitionKey":"p","sequenceNumber":"49545115243490985018280067714973144582180062","#
            .utf8
    ) + Array(#""data":"\#(Base64.encode(data))","approximateArrivalTimestamp":1545084650.987},"eventID":"#.utf8)
        + Array(#""shardId-000000000006:49545115243490985018280067714973144582180062"}]}"#.utf8)
}

private func sqsEvent(_ body: [UInt8]) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
        writer.key("Records")
        writer.array { writer in
            writer.object { writer in
                writer.member("messageId", "059f36b4-87a3-44ab-83d2-661975830a7d")
                writer.member("body", String(decoding: body, as: UTF8.self))
            }
        }
    }
    return writer.bytes
}

private func streamEvent(_ image: [UInt8]) -> [UInt8] {
    Array(#"[{"eventID":"1","eventName":"MODIFY","dynamodb":{"SequenceNumber":"1","NewImage":"#.utf8) + image
        + Array(#","OldImage":"#.utf8) + image + Array("}}]".utf8)
}
