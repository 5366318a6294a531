/// What decides where a stored order goes, which is all that the processing of a normal order needs.
package struct RoutedOrder: Assuming, Equatable {
    package let id: OrderID
    package let status: String?
    package let amount: Money?
    package let customerEmail: String?
    package let assumptions: Assumptions

    package init(id: OrderID, status: String?, amount: Money?, customerEmail: String?, assumptions: Assumptions = []) {
        self.id = id
        self.status = status
        self.amount = amount
        self.customerEmail = customerEmail
        self.assumptions = assumptions
    }
}
