import SimulatedAWS
import Testing

@testable import Simulation

@Suite struct RunTests {
    /// In the last two a kill is due when its invocation is over, and a request arrives twice of which the second copy is answered.
    @Test(arguments: Array(0..<8) + [126_649, 42_019_838])
    func `a seed passes, and has the same hash again`(seed: UInt64) {
        let first = Player().play(Script(seed: seed))
        #expect(first.complaints == [])
        #expect(Player().play(Script(seed: seed), isNarrated: true).hash == first.hash)
    }

    /// A process dies of a record that takes no request, a checkpoint is still on its way when its shard is held, and an order
    /// without a date is posted again on the day after the one whose records the stream has lost.
    @Test(arguments: [200_104_390, 200_128_791, 120_022_312, 300_048_526])
    func `a seed passes in which something happens that no request shows`(seed: UInt64) {
        #expect(Player().play(Script(seed: seed)).complaints == [])
    }

    /// A night has a million runs: what one leaves behind adds up.
    @Test(arguments: 0..<30)
    func `a run is let go with all that it began`(seed: UInt64) {
        weak var run: Run?
        weak var world: World?
        do {
            let played = Run(Script(seed: seed), isNarrated: false, cache: ExpressionCache(), weakness: nil)
            _ = played.play()
            (run, world) = (played, played.world)
        }
        #expect(run == nil)
        #expect(world == nil)
    }

    @Test(arguments: 100..<106)
    func `a script of the faults that a seed drew is the same run`(seed: UInt64) throws {
        let drawn = Player().play(Script(seed: seed))
        var script = Script(seed: seed)
        script.faults = drawn.faults
        script.records = drawn.records.map(\.number)
        script.messages = drawn.messages.map(\.number)
        script.posts = drawn.posts.map(\.number)
        let text = script.text(record: { "record \($0)" }, message: { _ in nil }, post: { _ in nil })
        let read = try Script(text: text)
        #expect(read == script)
        #expect(Player().play(read).hash == drawn.hash)
    }

    /// A batch has two objects when its first records leave the stream: the next object begins inside the one and ends inside the
    /// other, which so begins before that end, as the object behind does.
    @Test func `an object that begins inside another one may end inside the next`() throws {
        let script = """
            seed 345051419
            functions OrderArchiver
            record 4
            record 5
            record 7
            record 8
            record 9
            record 10
            record 11
            record 12
            fault OrderArchiver shard 0, delivery 4, request 5: arrives after its sender was killed
            fault OrderArchiver shard 0, delivery 4: cut into other batches
            fault OrderArchiver shard 0, delivery 5, request 9: arrives after its sender was killed
            fault OrderArchiver shard 0, delivery 5: its shard is held until its records leave the stream, some of them \
            counted in part
            """
        let run = Run(try Script(text: script), isNarrated: false, cache: ExpressionCache(), weakness: nil)
        let result = run.play()
        #expect(result.complaints == [] && result.missing == [])
        #expect(Self.objectsInsideOthers(run.world.cloud.s3) == 3)
    }

    /// Some of a batch's records leave the stream when its object is written and its checkpoint is not, so that the next
    /// objects begin inside that one: whether the archive proves the numbers all the same is for the checks of the run.
    @Test func `objects that begin inside another one are archived, and count once`() throws {
        let script = """
            seed 2261
            functions OrderArchiver OrderIntake
            post 1  # one order
            post 2  # four lines, each an order
            fault OrderArchiver shard 4, delivery 0: 1.2 s until the deadline
            fault OrderArchiver shard 4, delivery 0, request 2: answered late
            fault OrderArchiver shard 4, delivery 1, request 3: arrives after its sender was killed
            fault OrderArchiver shard 4, delivery 1: its shard is held until its records leave the stream, some of them \
            counted in part
            """
        let run = Run(try Script(text: script), isNarrated: false, cache: ExpressionCache(), weakness: nil)
        let result = run.play()
        #expect(result.complaints == [] && result.missing == [])
        #expect(Self.objectsInsideOthers(run.world.cloud.s3) == 2)
    }

    /// How many objects begin with a record that an object before has.
    private static func objectsInsideOthers(_ s3: SimulatedS3) -> Int {
        func padded(_ number: Substring) -> String { String(repeating: "0", count: 64 - number.count) + String(number) }
        let objects = s3.keys("archive", prefix: "orders/").compactMap { key -> (name: String, last: String)? in
            guard let last = s3.object("archive", key)?.metadata["last-sequence-number"],
                let name = key.split(separator: "/").last, let dash = name.lastIndex(of: "-")
            else { return nil }
            let first = padded(name[name.index(after: dash)...].prefix { $0 != "." })
            return (name: String(name[...dash]) + first, last: String(name[...dash]) + padded(last[...]))
        }
        var inside = 0
        var furthest = ""
        // By shard and first record: the next shard's names are behind all of this one's.
        for object in objects.sorted(by: { $0.name < $1.name }) {
            if object.name <= furthest { inside += 1 }
            furthest = max(furthest, object.last)
        }
        return inside
    }

    /// Once this order was one more of its day's orders each time that its dead letter was redriven.
    @Test func `an order that cannot be read is one of its day's orders however often it is redriven`() throws {
        let script = """
            seed 1
            functions AnalyticsAggregator
            record 4  # a negative amount
            fault AnalyticsAggregator redrive 1, delivery 0: dead letters are delivered again
            """
        let result = Player().play(try Script(text: script), isNarrated: true)
        #expect(result.complaints == [])
        #expect(result.counts["dead letters are delivered again"] == 1)
        #expect(result.missing == [])
    }

    @Test func `what an environment has left unsent leaves it within its next invocation`() throws {
        let script = """
            seed 3
            functions OrderArchiver
            record 2  # an order
            fault OrderArchiver shard 0, delivery 0: 1.2 s until the deadline
            fault OrderArchiver shard 0, delivery 0, request 1: arrives when its sender, which gave it up, is thawed
            fault OrderArchiver shard 0, delivery 1: its environment was frozen for long
            """
        let result = Player().play(try Script(text: script), isNarrated: true)
        #expect(result.complaints == [])
        #expect(result.missing == [])
        #expect(result.counts["requests that arrived after a freeze"] == 1)
        #expect(result.counts["requests on connections that ended in a freeze"] ?? 0 > 0)
        // The process's note of its attempt comes when the record is archived, and its invocation long over.
        let late = try #require(result.story.firstIndex { $0.contains("delivery 0, request 1: arrives late") })
        let done = try #require(result.story.firstIndex { $0.contains("shard 0, delivery 1: answered") })
        #expect(done < late)
    }

    /// Which rows have the owner of the claim decides whether its repetition counts.
    @Test func `an order that is repeated when the stream has forgotten it counts once`() throws {
        let script = """
            seed 59
            functions AnalyticsAggregator
            record 6  # an order
            record 11  # the order of record 6 again, more than a day later
            """
        #expect(Player().play(try Script(text: script)).complaints == [])
        #expect(Player(weakness: .formerOwners).play(try Script(text: script)).complaints != [])
    }

    /// Which of two orders under one `MessageId` counts is open there, and a replay does not tell.
    ///
    /// The first one's record leaves the stream uncounted, its repetition is taken for a duplicate, and the dead letter of the
    /// other one counts.
    @Test func `a repetition of an order that was left half done is not replayed when another has its id`() throws {
        let script = """
            seed 310361044
            functions AnalyticsAggregator
            record 0  # an order
            record 1  # order SAME-0, 11 EUR
            record 2  # the same again
            record 4  # order SAME-0, 10 EUR
            fault AnalyticsAggregator redrive 1, delivery 0: dead letters are delivered again
            fault AnalyticsAggregator shard 0, delivery 0: 0.45 s until the deadline
            fault AnalyticsAggregator shard 0, delivery 0, request 1: arrives when its sender, which gave it up, is thawed
            fault AnalyticsAggregator shard 0, delivery 0: its shard is held until its records leave the stream, some of them \
            counted in part
            """
        let result = Player().play(try Script(text: script))
        #expect(result.complaints == [])
        #expect(result.faults.count == 4)
        #expect(result.missing == [])
    }

    /// The first of its records kills the process, is redriven and counts, on the day on which it was posted first.
    @Test func `an order without a date that is posted on two days counts on the day of what is read first`() throws {
        let script = """
            seed 320036822
            functions AnalyticsAggregator OrderIntake
            post 0  # an array of orders of 28 August
            post 1  # one order, of whenever it is posted
            fault AnalyticsAggregator shard 1, delivery 0: holds a record that the function dies of
            fault AnalyticsAggregator redrive 0, delivery 0: dead letters are delivered again
            fault OrderIntake client 1, delivery 0, request 0: 500, applied
            fault OrderIntake client 1, delivery 1, request 0: 500, not applied
            fault OrderIntake client 1, delivery 1, request 1: 500, not applied
            fault OrderIntake client 1, delivery 2: its environment was frozen for long
            """
        let result = Player().play(try Script(text: script))
        #expect(result.complaints == [])
        #expect(result.faults.count == 6)
        #expect(result.missing == [])
    }

    /// 429 says that an order was not taken.
    @Test func `an order whose first answer is lost is not called untaken when the second attempt is throttled`() throws
    {
        let script = """
            seed 12332
            functions OrderIntake
            post 1  # one order
            fault OrderIntake client 1, delivery 0: 0.45 s until the deadline
            fault OrderIntake client 1, delivery 0, request 0: answer truncated, applied
            fault OrderIntake client 1, delivery 0, request 1: throttled
            """
        let result = Player().play(try Script(text: script), isNarrated: true)
        #expect(result.complaints == [])
        #expect(result.faults.count == 3)
        #expect(result.missing == [])
    }

    /// In seed 4 the runner of `orders pipes` plays the Pipes.
    @Test func `a runner that is ended, and a shard that ends, and iterators that expire, leave nothing out`() throws {
        let script = """
            seed 4
            functions NormalOrdersProcessor
            fault NormalOrdersProcessor stream 0, delivery 3: the iterator of the table's stream expires
            fault NormalOrdersProcessor stream 0, delivery 5: a request to the table's stream or the Pipe's queue fails
            fault NormalOrdersProcessor stream 0, delivery 7: a shard of the table's stream ends, its children go on
            fault NormalOrdersProcessor stream 0, delivery 9: the Pipe's runner is ended and started again
            """
        let result = Player().play(try Script(text: script), isNarrated: true)
        #expect(result.complaints == [])
        #expect(result.story.filter { $0.contains("reading shardId-") }.count >= 4)
        #expect(result.faults.count == 4)
        #expect(result.missing == [])
    }

    @Test func `ten seeds hold every fault`() {
        var faults: Set<String> = []
        for seed in 0..<10 { faults.formUnion(Player().play(Script(seed: UInt64(seed))).faults.map(\.faultText)) }
        let all = RequestFault.allCases.map(\.rawValue) + DeliveryFault.allCases.map(\.rawValue)
        #expect(Set(all).subtracting(faults) == [])
    }

    @Test func `two seeds differ`() {
        #expect(Player().play(Script(seed: 1)).hash != Player().play(Script(seed: 2)).hash)
    }

    @Test func `a run tells what of its script did not happen`() throws {
        let script = """
            seed 1
            functions AnalyticsAggregator
            record 4  # a negative amount
            record 4000
            message 0  # nobody who takes messages is played
            post 0  # nor anybody who takes posts
            fault AnalyticsAggregator redrive 1, delivery 0: dead letters are delivered again
            fault AnalyticsAggregator shard 0, delivery 4000: a new environment
            """
        let result = Player().play(try Script(text: script))
        let never = "fault AnalyticsAggregator shard 0, delivery 4000: a new environment"
        #expect(result.missing == ["record 4000", "message 0", "post 0", never])
    }

    @Test(arguments: [
        ("seed one", "line 1: a seed is a whole number"),
        ("seed 1\nfunctions Nobody", "line 2: there is no function Nobody"),
        ("fault nobody", "line 1: expected SOURCE, delivery N[, request N]: FAULT"),
        ("hurry", "line 1: expected seed, functions, record, message, post or fault"),
        ("functions OrderWriter", "a script begins with its seed: seed N"),
        ("seed 1\nseed 2", "line 2: a script has one seed"),
        (
            "seed 1\nfault OrderWriter pollers 0, delivery 0: a new environment",
            "line 2: expected SOURCE, delivery N[, request N]: FAULT"
        ),
    ])
    func `a script that cannot be read says where`(text: String, problem: String) {
        let error = #expect(throws: ScriptError.self) { try Script(text: text) }
        #expect(error?.description == problem)
    }
}

@Suite struct WeaknessTests {
    /// A seed that fails where the weakness is, one of the first by `scripts/simulate --weaken`.
    private static let seeds: [(Weakness, UInt64)] = [
        (.eventClaims, 1), (.rowPositions, 0), (.newRows, 52), (.formerOwners, 59),
        (.archiverCheckpoints, 11), (.archiveObjects, 2), (.orderUpdates, 54), (.newOrders, 0),
        (.deadLetterMarkers, 0), (.storedRecords, 25), (.checkpointReads, 47),
    ]

    @Test(arguments: seeds)
    func `a promise that AWS does not keep makes a seed fail, and what is left of it when it is cut down`(
        weakness: Weakness,
        seed: UInt64
    ) {
        let player = Player(weakness: weakness)
        let failed = player.play(Script(seed: seed))
        #expect(failed.complaints != [])
        var shrinker = Shrinker(player: player, sound: Player(), budget: 40)
        let smaller = shrinker.shrink(failed)
        #expect(player.play(smaller.script).complaints == smaller.complaints)
        #expect(smaller.script.functions.count < FunctionName.allCases.count)
        #expect(Player().play(smaller.script).complaints == [])
    }

    @Test func `every weakness has a seed that fails`() {
        #expect(Set(Self.seeds.map(\.0)) == Set(Weakness.allCases))
    }
}
