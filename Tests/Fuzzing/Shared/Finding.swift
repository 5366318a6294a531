/// Traps with what was found, which `precondition` leaves out of an optimised program.
func expect(_ condition: Bool, _ finding: @autoclosure () -> String) {
    if !condition { fatalError(finding()) }
}
