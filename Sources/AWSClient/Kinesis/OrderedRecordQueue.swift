/// Decides which records the next `PutRecords` holds, so that the records of one partition key are stored in their order.
///
/// A request stores the records behind one that it refuses, so it holds at most one record of a key, and the next record
/// of that key is held back until the one before it is stored.
package struct OrderedRecordQueue: Sendable {
    /// `PutRecords` takes at most 500 records.
    package static let maximumRecords = 500
    /// `PutRecords` takes at most 10 MiB, keys included.
    ///
    /// Half of that is far from the limit, and a request that has to be repeated does not cost much.
    package static let maximumBytes = 5 * 1_024 * 1_024
    /// How many records may be held back while later ones of other keys go first.
    ///
    /// It lets requests be full although one key is busy, and keeps the stream roughly in the order given.
    package static let maximumHeldBack = 10 * Self.maximumRecords

    private let records: [KinesisPutRecord]
    /// The first record that was not looked at yet.
    private var position = 0
    /// Records that may go into the next request: at most one of each key.
    private var ready: [Int] = []
    /// Every key with a record in `ready` or in a request, with the records held back behind that one.
    private var heldBack: [String: ArraySlice<Int>] = [:]
    private var heldBackCount = 0
    /// How often a record was refused, if it was.
    private var refusals: [Int: Int] = [:]

    /// A plan for these records, none of which is sent yet.
    package init(_ records: [KinesisPutRecord]) {
        self.records = records
    }

    /// The indices of the next request's records, earliest first; empty once every record is stored or given up.
    ///
    /// Each of them has to be reported as stored or as refused before the next request is made.
    package mutating func nextRequest() -> [Int] {
        self.lookAhead()
        self.ready.sort()
        var bytes = 0
        let count = self.ready.prefix(Self.maximumRecords).prefix { index in
            bytes += self.size(index)
            return bytes <= Self.maximumBytes
        }.count
        // A record that is larger than a request may be goes alone, for the service to say so.
        let request = Array(self.ready.prefix(max(1, count)))
        self.ready.removeFirst(request.count)
        return request
    }

    /// The record at `index` is in the stream: the next one of its key may go.
    package mutating func stored(_ index: Int) {
        self.refusals[index] = nil
        let key = self.records[index].partitionKey
        if let next = self.heldBack[key]?.popFirst() {
            self.heldBackCount -= 1
            self.ready.append(next)
        } else {
            self.heldBack[key] = nil
        }
    }

    /// The record at `index` has to be sent again, unless it was refused `maximum` times by then; gives how often it was.
    ///
    /// Neither one that is given up nor any behind it of its key comes in a request again.
    package mutating func refused(_ index: Int, maximum: Int) -> Int {
        let refusals = self.refusals[index, default: 0] + 1
        self.refusals[index] = refusals
        if refusals < maximum { self.ready.append(index) }
        return refusals
    }

    /// Looks at more records until there are enough for a request.
    private mutating func lookAhead() {
        while self.position < self.records.count, self.ready.count < Self.maximumRecords,
            self.heldBackCount < Self.maximumHeldBack
        {
            let key = self.records[self.position].partitionKey
            if self.heldBack[key] != nil {
                self.heldBack[key]?.append(self.position)
                self.heldBackCount += 1
            } else {
                self.heldBack[key] = []
                self.ready.append(self.position)
            }
            self.position += 1
        }
    }

    private func size(_ index: Int) -> Int {
        self.records[index].data.count + self.records[index].partitionKey.utf8.count
    }
}
