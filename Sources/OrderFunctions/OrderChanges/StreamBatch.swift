internal import JSONText
internal import LambdaEvents
internal import Orders

/// The changes of one event, each with the order that its new image holds.
struct StreamBatch<Subject: Assuming>: Sendable {
    /// In the event's order.
    let records: [Result<DynamoDBStreamRecord, RecordError>]
    /// By the index of the record; nil, or not there, where the image is not.
    private let orders: [Result<Subject, OrderError>?]

    /// `image` decodes a new image.
    init(
        _ event: [UInt8],
        image: (inout JSONReader) throws -> Result<Subject, OrderError>
    ) throws(EventError) {
        var orders: [Result<Subject, OrderError>?] = []
        self.records = try DynamoDBStreamEvent.read(event) { index, reader in
            let order = try image(&reader)
            while orders.count <= index { orders.append(nil) }
            orders[index] = order
        }.records
        self.orders = orders
    }

    /// How many of the images could be read only by taking this for granted.
    func count(_ assumption: Assumptions) -> Int {
        self.records.count { record in
            guard case .success(let record) = record, case .success(let order) = self.order(of: record) else {
                return false
            }
            return order.assumptions.contains(assumption)
        }
    }

    /// What the record's new image holds; nil where it has none.
    func order(of record: DynamoDBStreamRecord) -> Result<Subject, OrderError>? {
        record.newImage != nil ? self.orders[record.index] : nil
    }
}
