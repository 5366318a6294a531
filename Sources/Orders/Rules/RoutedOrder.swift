/// What decides where a stored order goes, which is all that the processing of a normal order needs.
package struct RoutedOrder: Sendable, Equatable {
    package let id: OrderID
    package let status: String?
    package let amount: Money?
    package let customerEmail: String?
}
