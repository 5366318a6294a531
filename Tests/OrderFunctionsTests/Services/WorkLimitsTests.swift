import AWSClient
import Platform
import TestSupport
import Testing

/// When work ends, how it is repeated, and how much of it is done at once.
@Suite struct WorkLimitsTests {
    private static let now = UTCInstant(secondsSince1970: 1_756_318_080)

    private static func deadline(_ time: ManualTime, in left: Duration?, seed: UInt64 = 7) -> WorkDeadline {
        WorkDeadline(deadline: left.map { time.now + $0 }, time: time, random: SeededRandom(seed: seed))
    }

    @Test(arguments: [
        (60_000, 58_000), (20_000, 18_000), (10_000, 9_000), (3_000, 2_700), (2_500, 2_250), (1_000, 750), (100, -150),
    ])
    func `work ends a tenth of the time before the deadline, within 250 ms and 2 s`(left: Int, worked: Int) async {
        let time = ManualTime(now: Self.now)
        let deadline = Self.deadline(time, in: .milliseconds(left))
        #expect(deadline.instant == Self.now + .milliseconds(worked))
        #expect(deadline.hasPassed == (worked <= 0))
        time.advance(by: .milliseconds(max(0, worked - 1)))
        #expect(deadline.hasPassed == (worked <= 0))
        time.advance(by: .milliseconds(1))
        #expect(deadline.hasPassed)
        #expect(throws: OutOfTime.self) { try deadline.check() }
    }

    @Test func `without a deadline there is no end, but of repeating`() async throws {
        let time = ManualTime(now: Self.now)
        let deadline = Self.deadline(time, in: nil)
        time.advance(by: .seconds(1_000_000))
        #expect(!deadline.hasPassed)
        try deadline.check()
        #expect(await deadline.wait(afterFailures: 9))
        #expect(!(await deadline.wait(afterFailures: 10)))
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `no wait reaches the deadline, and the last error is given`(seed: UInt64) async {
        let time = ManualTime(now: Self.now)
        let limit = CallLimit.work(until: Self.deadline(time, in: .seconds(10), seed: seed))
        await #expect {
            try await limit.retrying("X.Y") { () async throws(AWSError) in throw .throttled("X.Y") }
        } throws: { "\($0)".contains("ProvisionedThroughputExceeded") }
        #expect(time.now < Self.now + .seconds(9))
        #expect(time.now > Self.now + .seconds(7), "it goes on as long as a wait fits in")
        for (attempt, sleep) in time.sleeps.enumerated() {
            #expect(sleep <= min(.milliseconds(50 << attempt), .seconds(2)))
        }
    }

    /// What a call failed with, if it was a call, and the longest wait for it.
    @Test(
        arguments: [
            ("TransactionConflictException", 500), ("ThrottlingException", 2_000),
            ("ProvisionedThroughputExceededException", 2_000), (nil, 2_000),
        ] as [(String?, Int)]
    )
    func `conflicts are waited out for half a second at most, throttling for two`(code: String?, longest: Int) async {
        let time = ManualTime(now: Self.now)
        let deadline = Self.deadline(time, in: .seconds(900))
        let error = code.map { code in
            AWSError(code: AWSError.Code(rawValue: code), message: "", operation: "DynamoDB.PutItem", statusCode: 400)
        }
        for _ in 0..<40 { _ = await deadline.wait(afterFailures: 20, of: error) }
        let slept = time.sleeps.max() ?? .zero
        #expect(time.sleeps.count == 40)
        #expect(slept <= .milliseconds(longest))
        #expect(slept > .milliseconds(longest * 3 / 4))
    }

    @Test func `what is permanent is not repeated, and a cancelled call neither`() async {
        for code in [AWSError.Code.validation, .accessDenied, .conditionalCheckFailed, .cancelled] {
            let time = ManualTime(now: Self.now)
            await #expect(throws: AWSError.self) {
                try await CallLimit.work(until: Self.deadline(time, in: nil)).retrying("X.Y") {
                    () async throws(AWSError) in
                    throw AWSError(code: code, message: "", operation: "X.Y", statusCode: 400)
                }
            }
            #expect(time.sleeps.isEmpty)
        }
    }
}
