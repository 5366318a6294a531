"""How many orders there are, how they come, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass

HOURS_A_MONTH = 730
DAYS_A_MONTH = HOURS_A_MONTH / 24
SECONDS_A_MONTH = HOURS_A_MONTH * 3600
WAYS = ("kinesis", "http", "sns")
# Bytes of the largest order, by its way: a record of the stream, what OrderIntake takes, and a message of a topic.
# https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
# https://docs.aws.amazon.com/general/latest/gr/sns.html
MOST_ORDER_BYTES = {"kinesis": 1024 * 1024, "http": 256 * 1024, "sns": 256 * 1024}
# Products of the largest order, by its way; an order by SNS has none that is counted.
MOST_PRODUCTS_AN_ORDER = {"kinesis": 10_000, "http": 1_000, "sns": 10_000}
# More than anybody has, and still computed.
MOST_PRODUCTS, MOST_MESSAGES_AN_ORDER = 1_000_000_000, 1_000
# What OrderIntake puts around a posted order: six members, three of them UUIDs, an instant, and the name `Payload`.
HTTP_ENVELOPE_BYTES = 250


@dataclass(frozen=True)
class Workload:
    """Orders that come evenly, day and night: bunches are cheaper, since batches are larger then."""

    orders_a_month: float
    way: str = "kinesis"
    # Bytes of an order as its producer sends it.
    order_bytes: int = 600
    # Products of which orders are drawn, and how many different ones an order has.
    products: int = 1_000
    products_an_order: int = 1
    # Messages about one order by SNS: new, pending, shipped. Only these have a status, so only these meet the Pipes.
    messages_an_order: int = 3
    # Shares of the orders whose changes pass a Pipe's filter.
    normal_share: float = 0.5
    premium_share: float = 0.05

    @property
    def is_streamed(self) -> bool:
        """Whether orders come into the stream, and not into the queue."""
        return self.way != "sns"

    @property
    def record_bytes(self) -> int:
        """Bytes of an order as a record of the stream."""
        return self.order_bytes + (HTTP_ENVELOPE_BYTES if self.way == "http" else 0)

    @property
    def streamed_a_month(self) -> float:
        return self.orders_a_month if self.is_streamed else 0.0

    @property
    def messages_a_month(self) -> float:
        return 0.0 if self.is_streamed else self.orders_a_month * self.messages_an_order

    @property
    def normal_changes_a_month(self) -> float:
        """The second message of an order says that it is pending, the third that it is shipped."""
        changes = max(0, min(2, self.messages_an_order - 1))
        return 0.0 if self.is_streamed else self.orders_a_month * self.normal_share * changes

    @property
    def premium_changes_a_month(self) -> float:
        """One change of an order goes from pending to shipped, with its third message."""
        is_shipped = not self.is_streamed and self.messages_an_order >= 3
        return self.orders_a_month * self.premium_share if is_shipped else 0.0


def batch_size(records_a_month: float, sources: int, window_seconds: float, most: int) -> float:
    """Records in a batch on average: the one that opens the window, and those that come while it is open."""
    if records_a_month == 0:
        return 1.0
    return min(float(most), 1 + records_a_month / SECONDS_A_MONTH / sources * window_seconds)
