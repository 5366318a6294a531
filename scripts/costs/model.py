"""The bill of a stack: what orders meet on their way here, what is paid for keeping it in upkeep.py.

Rules come from the pages that prices.json names. Left out: transfer to other regions and to the internet, subscribers
of PremiumTopic and of alarms, queries by people, a key of one's own and what log groups ask of it, storage in Glacier,
and what fails, which is hoped to be little.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Any

from . import duration, upkeep, usage
from .lines import Bill, Line
from .measured import Measured
from .prices import GB, MILLION, PRICES
from .stack import Stack
from .traffic import QUEUE_POLLERS, Traffic
from .workload import DAYS_A_MONTH, HOURS_A_MONTH, Workload

# Each request to an empty queue waits for 20 s.
EMPTY_QUEUE_REQUESTS_A_MONTH = QUEUE_POLLERS * 3600 / 20 * HOURS_A_MONTH
# Bytes around an order: SNS's envelope; the two images of a change in a Pipe's event. An image has the row's attributes
# only, so that it does not grow with what else an order has.
ENVELOPE_BYTES, CHANGE_BYTES = 1_000, 3_500
# SNS, SQS and Pipes bill a request for each 64 KB begun, Kinesis's shards a unit for each 25 KB.
CHUNK_BYTES, PUT_UNIT_BYTES = 64 * 1024, 25 * 1024


class Model:
    """The lines of one stack and one workload."""

    def __init__(self, stack: Stack, workload: Workload, prices: dict[str, Any] = PRICES) -> None:
        self.stack, self.workload, self.prices = stack, workload, prices
        self.traffic = Traffic(stack, workload)
        self.measured = Measured.recorded()

    def bill(self) -> Bill:
        """Every line that is not nothing."""
        parts = [
            *(self._http(), self._stream(), self._counting(), self._archiving(), self._messages(), self._processing()),
            *upkeep.lines(self.traffic, self.prices),
        ]
        return Bill(self.workload.orders_a_month, [line for part in parts for line in part if line.usd > 0])

    def _function(self, part: str, function: str) -> Iterator[Line]:
        invocations, prices = self.traffic.invocations(function), self.prices["lambda"]
        request = prices["million_requests"] / MILLION
        yield Line.by_order(part, f"{function}: invocations", invocations, "requests", request, function)
        memory = float(self.stack.setting(function, "MemorySize"))
        has_claims = self.stack.values["Deduplication"] != "shard"
        cpu, waiting, until_next, until_answer = self.measured.invocation(
            function, self.traffic.batch(function), has_claims=has_claims
        )
        warm = duration.invocation_ms(memory, cpu, waiting)
        cold = duration.start_ms(memory, until_next, until_answer)
        architecture = self.stack.values["Architecture"].replace("arm64", "aarch64")
        each = duration.usd(memory, warm, cold, prices["gb_second"][architecture])
        seconds = (warm + duration.COLD_SHARE * cold) / 1000
        yield Line.by_order(part, f"{function}: time", invocations * seconds, "s", each / seconds, function)

    def _writes(self, part: str, what: str, units: float, table: str) -> Line:
        price = self.prices["dynamodb"]["million_write_units"] / MILLION
        return Line.by_order(part, what, units, "write units", price, table)

    def _reads(self, part: str, what: str, units: float, table: str) -> Line:
        price = self.prices["dynamodb"]["million_read_units"] / MILLION
        return Line.by_order(part, what, units, "read units", price, table)

    def _requests(self, part: str, what: str, service: str, requests: float, *resources: str) -> Line:
        price = self.prices[service]["million_requests"] / MILLION
        return Line.by_order(part, what, requests, "requests", price, *resources)

    def _attempts(self, part: str, invocations: float) -> Iterator[Line]:
        """The first invocation of a process reads the note of what earlier ones tried of the shard, and writes it."""
        starts = invocations * duration.COLD_SHARE
        yield self._writes(part, "note of attempts", starts, "CheckpointsTable")
        yield self._reads(part, "note of attempts, read", starts, "CheckpointsTable")

    def _http(self) -> Iterator[Line]:
        part = "HTTP"
        requests = self.traffic.invocations("OrderIntake")
        yield self._requests(part, "requests to the API", "apigateway", requests, "OrderApi", "OrderApiStage")
        yield from self._function(part, "OrderIntake")

    def _stream(self) -> Iterator[Line]:
        part, prices, stream = "stream", self.prices["kinesis"], "OrderStream"
        records, record_bytes, shards = self.workload.streamed_a_month, self.workload.record_bytes, self.traffic.shards
        days = int(self.stack.setting(stream, "RetentionPeriodHours")) / 24
        if self.traffic.is_on_demand:
            yield Line.idle(part, "the stream, on demand", HOURS_A_MONTH, "hours", prices["stream_hour"], stream)
            written = records * ceil(record_bytes / 1024) * 1024 / GB
            yield Line.by_order(part, "put into it, by whole KB", written, "GB", prices["gb_in"], stream)
            read = 2 * records * record_bytes / GB
            mappings = ("AnalyticsAggregatorMapping", "OrderArchiverMapping")
            yield Line.by_order(part, "read from it by two functions", read, "GB", prices["gb_out"], *mappings)
        else:
            hours = HOURS_A_MONTH * shards
            yield Line.idle(part, f"{shards} shard(s)", hours, "hours", prices["shard_hour"], stream)
            if days > 1:
                price = prices["extended_retention_shard_hour"]
                yield Line.idle(part, "their retention after the first day", hours, "hours", price, stream)
            units = records * ceil(record_bytes / PUT_UNIT_BYTES)
            price = prices["million_put_units"] / MILLION
            yield Line.by_order(part, "put into it, by 25 KB", units, "units", price, stream)
        gb_a_day = records / DAYS_A_MONTH * record_bytes / GB
        if self.traffic.is_on_demand:
            kept, price = gb_a_day * (min(days, 7) - 1), prices["on_demand_retention_gb_month"]
            yield Line.stored(part, "kept after the first day", kept, "GB", price, stream)
        kept, price = gb_a_day * max(0.0, days - 7), prices["long_retention_gb_month"]
        yield Line.stored(part, "kept after a week", kept, "GB", price, stream)

    def _counting(self) -> Iterator[Line]:
        part, name, work = "counting", "AnalyticsAggregator", self.workload
        invocations, batch = self.traffic.invocations(name), self.traffic.batch(name)
        deduplication = self.stack.values["Deduplication"]
        shards = self.traffic.shards
        units = usage.counting_units(deduplication, batch, work.products, work.products_an_order, shards)
        yield self._writes(part, "each order once, and its rows", units * invocations, "AnalyticsTable")
        yield self._writes(part, "checkpoints", invocations, "CheckpointsTable")
        yield from self._attempts(part, invocations)
        # A process lives for as many batches as there are to a start, and meets the rows of each day anew.
        life = min(round(1 / duration.COLD_SHARE), round(invocations / self.traffic.shards / DAYS_A_MONTH) or 1)
        rows = usage.rows_looked_for(batch, life, work.products, work.products_an_order) * invocations / life
        yield self._reads(part, "rows that a process does not know", rows / 2, "AnalyticsTable")
        yield from self._function(part, name)

    def _archiving(self) -> Iterator[Line]:
        part, batches = "archive and order rows", self.traffic.invocations("OrderArchiver")
        rows = self.workload.streamed_a_month * ceil(usage.ORDER_ROW_BYTES / 1024)
        yield self._writes(part, "order rows", rows, "OrdersTable")
        yield self._writes(part, "checkpoints", batches, "CheckpointsTable")
        yield self._reads(part, "checkpoints, read", batches, "CheckpointsTable")
        yield from self._attempts(part, batches)
        price = self.prices["s3"]["thousand_puts"] / 1000
        yield Line.by_order(part, "objects", batches, "requests", price, "ArchiveBucket")
        price = self.prices["s3"]["thousand_transitions"] / 1000
        what = f"their move to Glacier after {self.stack.values['ArchiveTransitionDays']} days"
        yield Line.by_order(part, what, batches if self._moves_objects() else 0.0, "requests", price, "ArchiveBucket")
        yield from self._function(part, "OrderArchiver")

    def _moves_objects(self) -> bool:
        """Whether the archive's objects are large enough to be moved by S3's lifecycle, and do not expire before."""
        move, expire = (int(self.stack.values[f"Archive{name}Days"]) for name in ("Transition", "Expiration"))
        object_bytes = self.traffic.batch("OrderArchiver") * self.workload.record_bytes * usage.ARCHIVED_SHARE
        return object_bytes > usage.MOVED_ABOVE_BYTES and (expire == 0 or expire > move)

    def _messages(self) -> Iterator[Line]:
        part, work = "order messages", self.workload
        sqs = self.prices["sqs"]["million_requests"] / MILLION
        mapping = "OrderWriterMapping"
        yield Line.idle(part, "asking the empty queue", EMPTY_QUEUE_REQUESTS_A_MONTH, "requests", sqs, mapping)
        messages, message_bytes = work.messages_a_month, work.order_bytes + ENVELOPE_BYTES
        published = messages * ceil(work.order_bytes / CHUNK_BYTES)
        yield self._requests(part, "published to the topic", "sns", published, "OrderTopic")
        sent = messages * ceil(message_bytes / CHUNK_BYTES)
        yield self._requests(part, "sent to the queue", "sqs", sent, "OrderQueue")
        # Lambda receives a batch in one request, which is billed by what it brings, and deletes it in another.
        chunks = ceil(self.traffic.batch("OrderWriter") * message_bytes / CHUNK_BYTES)
        received = self.traffic.invocations("OrderWriter") * (chunks + 1)
        yield self._requests(part, "received and deleted", "sqs", received, "OrderQueue")
        # The first message of an order is a put. Each later one's put is refused, which is billed. The refusal brings
        # the row where the message is alone in its batch; otherwise the row is read besides (OrdersTable.begin).
        later = 0.0 if work.is_streamed else messages - work.orders_a_month
        rows = (messages + later) * ceil(usage.ORDER_ROW_BYTES / 1024)
        yield self._writes(part, "order rows", rows, "OrdersTable")
        read = later * self.traffic.share_in_company("OrderWriter") * ceil(usage.ORDER_ROW_BYTES / 4096)
        yield self._reads(part, "rows of orders that are stored already", read, "OrdersTable")
        yield from self._function(part, "OrderWriter")

    def _processing(self) -> Iterator[Line]:
        part = "processing"
        for pipe, processor in upkeep.PIPES.items():
            requests = self.traffic.records(processor) * ceil(CHANGE_BYTES / CHUNK_BYTES)
            yield self._requests(part, f"{pipe}: changes that pass", "pipes", requests, pipe)
            yield from self._function(part, processor)
        premium = "PremiumOrdersProcessor"
        # Ten notifications to a request.
        publications = self.traffic.records(premium) / min(10.0, self.traffic.batch(premium))
        yield self._requests(part, "premium notifications", "sns", publications, "PremiumTopic")
