/// Runs `transform`, which has at most one request under way, on every element, at most `limit` of them side by side,
/// and gives the results in the elements' order.
///
/// All of it happens on the function's loop; no thread is added.
func concurrentMap<Element: Sendable, Value: Sendable>(
    _ elements: [Element],
    limit: Int = AWSServices.concurrentRequests,
    _ transform: @escaping @Sendable (Element) async -> Value
) async -> [Value] {
    // A group of tasks costs more than most batches have left to do.
    if elements.isEmpty { return [] }
    if elements.count == 1 { return [await transform(elements[0])] }
    return await withTaskGroup(of: (Int, Value).self) { group in
        var values: [Value?] = Array(repeating: nil, count: elements.count)
        var next = 0
        while next < min(limit, elements.count) {
            let index = next
            group.addTask { (index, await transform(elements[index])) }
            next += 1
        }
        while let (index, value) = await group.next() {
            values[index] = value
            if next < elements.count {
                let index = next
                group.addTask { (index, await transform(elements[index])) }
                next += 1
            }
        }
        return values.compactMap { $0 }
    }
}
