import AWSOperations
import OrdersCommand
import Platform
import Testing

/// Where the next look into a log begins, and which of its lines are new.
@Suite struct SeenLinesTests {
    private static let start = UTCInstant(secondsSince1970: 100)

    private static func lines(_ seconds: Range<Int64>) -> [FunctionLogLine] {
        seconds.map { second in
            let event = LogEvent(eventID: "\(second)", timestamp: second * 1_000, message: "line \(second)")
            return FunctionLogLine(function: "F", event: event)
        }
    }

    private static func seconds(_ lines: [FunctionLogLine]) -> [Int64] { lines.map { $0.timestamp / 1_000 } }

    @Test func `a look goes back behind the newest line, and shows what is late once`() {
        var seen = SeenLines()
        #expect(seen.nextStart(following: Self.start) == Self.start)
        #expect(Self.seconds(seen.new(in: Self.lines(100..<110) + Self.lines(140..<150), isCutOff: false)).count == 20)
        #expect(seen.nextStart(following: Self.start) == UTCInstant(secondsSince1970: 119))
        #expect(Self.seconds(seen.new(in: Self.lines(138..<151), isCutOff: false)) == [138, 139, 150])
        #expect(seen.new(in: [], isCutOff: false).isEmpty)
        #expect(seen.nextStart(following: Self.start) == UTCInstant(secondsSince1970: 120))
    }

    @Test func `behind a look that was cut off the next one goes on, and none of its lines is shown twice`() {
        var seen = SeenLines()
        _ = seen.new(in: Self.lines(100..<110), isCutOff: true)
        #expect(seen.nextStart(following: Self.start) == UTCInstant(secondsSince1970: 109))
        #expect(Self.seconds(seen.new(in: Self.lines(109..<119), isCutOff: true)) == Array(110..<119))
        #expect(seen.nextStart(following: Self.start) == UTCInstant(secondsSince1970: 118))
        #expect(Self.seconds(seen.new(in: Self.lines(118..<120), isCutOff: false)) == [119])
        // It goes back over all that was shown since.
        #expect(seen.nextStart(following: Self.start) == Self.start)
        #expect(seen.new(in: Self.lines(100..<120), isCutOff: false).isEmpty)
    }
}
