"""One seed from its first record to the last check."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from pipeline.workload import Route

from . import accounts, checks
from .environment import Environment
from .faults import DECISIVE, Counts, Planner
from .http1 import Upstream
from .mapping import KinesisMapping
from .orderqueue import OrderQueue, QueuedMessage, sns_envelope
from .pipe import Pipe
from .services import REGION, Services
from .workloads import Load, generate
from .world import World

PARTS = ("aggregator", "archiver", "writer", "processors")
WRITERS = 2


@dataclass(frozen=True)
class Options:
    endpoint: str
    dist: Path
    directory: Path
    parts: frozenset[str] = frozenset(PARTS)
    deduplication: str | None = None
    verbose: bool = False


@dataclass
class Result:
    seed: int
    differences: list[str]
    counts: Counts
    trace: list[str]


async def play(seed: int, options: Options) -> Result:
    scenario = Scenario(seed, options)
    try:
        await scenario.run()
    except Exception as error:
        scenario.trace(f"{type(error).__name__}: {error}")
        scenario.differences.append(f"the simulator stopped: {type(error).__name__}: {error}")
    finally:
        await scenario.close()
    return Result(seed, scenario.differences, scenario.counts, scenario.lines)


@dataclass
class Scenario:
    seed: int
    options: Options
    counts: Counts = field(default_factory=Counts)
    differences: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    _environments: list[Environment] = field(default_factory=list)

    def __post_init__(self) -> None:
        host, _, port = self.options.endpoint.removeprefix("http://").partition(":")
        self.upstream = Upstream(host, int(port))
        self.world = World(Services(self.upstream), f"seed-{self.seed}")
        random = self._random("configuration")
        self.deduplication = self.options.deduplication or random.choice(("event", "event", "shard"))
        self.attempts = random.choice((1, 3))
        self.load: Load = generate(self.seed, producers_repeat=self.deduplication == "event")

    def trace(self, line: str) -> None:
        if self.options.verbose:
            self.lines.append(line)

    async def run(self) -> None:
        parameters = {"Deduplication": self.deduplication}
        await self.world.create(len(self.load.shards), parameters)
        parts = self.options.parts
        self.trace(f"deduplication {self.deduplication}, {len(self.load.stream)} records")
        aggregators = await self._mappings("AnalyticsAggregator") if "aggregator" in parts else []
        archivers = await self._mappings("OrderArchiver") if "archiver" in parts else []
        queue, writers = await self._queue() if "writer" in parts else (None, [])
        await asyncio.gather(
            *(mapping.run() for mapping in aggregators + archivers),
            *([queue.run([(writer, self._planner(writer)) for writer in writers])] if queue else []),
            self.world.write(self.load.writes),
        )
        await self._release()
        pipes = await self._pipes() if "processors" in parts else []
        await asyncio.gather(*(pipe.run() for pipe in pipes))
        await self._release()
        await self._check(aggregators, archivers, queue, pipes)
        await self._replay(aggregators + archivers, queue, writers)

    async def close(self) -> None:
        for environment in self._environments:
            await environment.stop()
        try:
            await self.world.delete()
        except Exception as error:
            self.trace(f"not cleaned up: {error}")
        self.upstream.close()
        for environment in self._environments:
            if not self.options.verbose and not self.differences:
                environment.log.unlink(missing_ok=True)

    # What runs

    async def _mappings(self, function: str) -> list[KinesisMapping]:
        mappings = []
        for number, records in enumerate(self.load.shards):
            environment = await self.environment(function, number)
            random = self._random(f"mapping {environment.name}")
            mappings.append(KinesisMapping(environment, records, random, self._planner(environment), self.counts))
        return mappings

    @staticmethod
    def _doomed(random: Random, count: int) -> frozenset[int]:
        return frozenset([random.randrange(count)]) if random.random() < 0.15 else frozenset()

    async def _queue(self) -> tuple[OrderQueue, list[Environment]]:
        writers = [await self.environment("OrderWriter", number) for number in range(WRITERS)]
        return OrderQueue(self._messages(), self._random("queue"), self.counts), writers

    def _messages(self) -> list[QueuedMessage]:
        return [
            QueuedMessage(
                f"message-{number:03}",
                sns_envelope(message.body.decode()) if message.route is Route.SNS else message.body.decode(),
            )
            for number, message in enumerate(self.load.messages)
        ]

    async def _pipes(self) -> list[Pipe]:
        changes = await self.world.changes()
        pipes = []
        for function in ("NormalOrdersProcessor", "PremiumOrdersProcessor"):
            environment = await self.environment(function, 0)
            random = self._random(f"pipe {environment.name}")
            doomed = [changes[place]["eventID"] for place in self._doomed(random, len(changes))] if changes else []
            planner = self._planner(environment)
            pipes.append(Pipe(environment, changes, random, planner, self.counts, frozenset(doomed)))
        return pipes

    async def environment(self, function: str, number: int) -> Environment:
        world = self.world
        queue = {"NormalOrdersProcessor": "normal-dead", "PremiumOrdersProcessor": "premium-dead"}
        environment = Environment(
            f"{function}-{number}",
            self.options.dist / function / "bootstrap",
            {
                "AWS_LAMBDA_FUNCTION_NAME": function,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_REGION": REGION,
                "AWS_MAX_ATTEMPTS": str(self.attempts),
                "POWERTOOLS_SERVICE_NAME": "orders",
                "LOG_LEVEL": "INFO",
                "ORDERS_TABLE": world.orders,
                "ANALYTICS_TABLE": world.analytics,
                "CHECKPOINTS_TABLE": world.checkpoints,
                "ARCHIVE_BUCKET": world.bucket,
                "DEAD_LETTER_QUEUE_URL": world.queues[queue.get(function, "analytics-dead")],
                "PREMIUM_TOPIC_ARN": world.topic,
                "NORMAL_MINIMUM_AMOUNT": str(checks.RULES.normal_minimum),
                "PREMIUM_MINIMUM_AMOUNT": str(checks.RULES.premium_minimum),
                "TEST_EMAIL_DOMAINS": ",".join(checks.RULES.test_domains),
                "DEDUPLICATION": self.deduplication,
                "DEDUPLICATION_TTL_DAYS": "15",
                "STREAM_RETENTION_DAYS": "1",
            },
            self.upstream,
            self.options.directory / f"{self.seed}-{function}-{number}.log",
            self.counts,
            self.trace,
        )
        environment.log.write_bytes(b"")
        await environment.start()
        self._environments.append(environment)
        return environment

    async def _release(self) -> None:
        for environment in self._environments:
            await environment.release()

    # Checks

    async def _check(
        self,
        aggregators: list[KinesisMapping],
        archivers: list[KinesisMapping],
        queue: OrderQueue | None,
        pipes: list[Pipe],
    ) -> None:
        observed = await self.world.observe()
        found = self.differences
        letters = await checks.sent_letters(observed, self.world.services)
        found += checks.stored(self.load, self.options.parts, observed)
        if aggregators and archivers:
            found += await accounts.differences(self.world, checks.expected(self.load))
        if aggregators:
            found += checks.analytics_letters(self.load, letters)
        if queue:
            bodies = {f"message-{number:03}": message.body for number, message in enumerate(self.load.messages)}
            found += checks.order_letters(queue, bodies)
        for mapping in aggregators:
            found += checks.tallies(mapping.deliveries, self._log_lines(mapping.environment), self.load)
        if pipes:
            normal, premium = pipes
            dead = observed.dead_letters
            found += checks.processed(normal, self._log_lines(normal.environment))
            found += checks.pipe_letters(normal, dead["normal-dead"], needs_old=False)
            found += checks.pipe_letters(premium, dead["premium-dead"], needs_old=True)
            found += checks.notified(premium, dead["premium"])
        for source in (*aggregators, *archivers, *([queue] if queue else []), *pipes):
            found += source.complaints

    def _log_lines(self, environment: Environment) -> dict[str, list[dict[str, Any]]]:
        """By request id."""
        lines: dict[str, list[dict[str, Any]]] = {}
        for text in environment.log.read_text(errors="replace").splitlines():
            # A killed process leaves half a line.
            try:
                line = json.loads(text)
            except ValueError:
                continue
            lines.setdefault(str(line.get("requestId")), []).append(line)
        return lines

    async def _replay(
        self, mappings: list[KinesisMapping], queue: OrderQueue | None, writers: list[Environment]
    ) -> None:
        """Everything again from the beginning, cut into other batches."""
        before = await self.world.snapshot()
        calm = Planner(self._random("replay"), is_calm=True)
        again = [
            KinesisMapping(
                mapping.environment,
                mapping.records,
                self._random(f"replay {mapping.environment.name}"),
                calm,
                self.counts,
            )
            for mapping in mappings
        ]
        jobs = [mapping.run() for mapping in again]
        if queue:
            messages = [message for message in self._messages() if message.message_id not in queue.dead]
            again_queue = OrderQueue(messages, self._random("queue again"), self.counts)
            jobs.append(again_queue.run([(writer, calm) for writer in writers]))
        await asyncio.gather(*jobs)
        self.differences += checks.unchanged(before, await self.world.snapshot())

    def _planner(self, environment: Environment) -> Planner:
        function = environment.name.partition("-")[0]
        return Planner(self._random(f"faults {environment.name}"), DECISIVE[function])

    def _random(self, purpose: str) -> Random:
        return Random(f"{self.seed} {purpose}")
