/// Work that was not begun because the invocation's time is up.
struct UnfinishedError: Error, CustomStringConvertible {
    let description = "no time left in this invocation; what is unfinished comes again"
}
