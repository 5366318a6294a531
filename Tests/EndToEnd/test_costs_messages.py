"""What the model of cost bills for orders that come by SNS: the queue, its writer, the Pipes behind it."""

from __future__ import annotations

from math import exp

import pytest
from costs.cheaper import candidates
from costs.traffic import QUEUE_POLLERS
from costs.workload import SECONDS_A_MONTH, Workload

from bills import PARSED, bill, stack, usd


def test_an_order_message_is_published_sent_received_deleted_and_written() -> None:
    found = bill(Workload(1e6, "sns", messages_an_order=1), OrderQueueWindowSeconds="0")
    assert usd(found, "order messages", "published") == pytest.approx(0.50)
    assert usd(found, "order messages", "sent to") == pytest.approx(0.40)
    assert usd(found, "order messages", "received and deleted") == pytest.approx(0.80)
    assert usd(found, "order messages", "order rows") == pytest.approx(0.625)
    assert usd(found, "order messages", "invocations") == pytest.approx(0.20)
    # With a window of 240 s ten messages come together.
    gathered = bill(Workload(1e6, "sns", messages_an_order=1), OrderQueueWindowSeconds="240")
    assert usd(gathered, "order messages", "received and deleted") == pytest.approx(0.08)


def test_changes_that_pass_a_pipe_are_paid_and_no_others() -> None:
    found = bill(Workload(1e6, "sns", normal_share=0.25, premium_share=0.1))
    assert usd(found, "processing", "NormalOrdersPipe") == pytest.approx(0.25 * 2 * 0.40)
    assert usd(found, "processing", "PremiumOrdersPipe") == pytest.approx(0.1 * 0.40)
    # Orders of the stream have no status.
    assert "processing" not in bill(Workload(1e6)).parts()


@pytest.mark.parametrize(("messages", "normal", "premium"), [(1, 0, 0), (2, 1, 0), (3, 2, 1), (4, 2, 1)])
def test_an_order_is_pending_by_its_second_message_and_shipped_by_its_third(
    messages: int, normal: int, premium: int
) -> None:
    work = Workload(1_000, "sns", messages_an_order=messages, normal_share=1, premium_share=1)
    assert work.normal_changes_a_month == 1_000 * normal
    assert work.premium_changes_a_month == 1_000 * premium


@pytest.mark.parametrize(
    ("order_bytes", "window", "published", "sent", "received"),
    # A message alone of 64 KB less SNS's envelope, and one of a byte more; ten together, of which 64 KB hold no more
    # than seven, and of 200 KB.
    [
        (64_536, "0", 1, 1, 1), (64_537, "0", 1, 2, 2), (65_537, "0", 2, 2, 2),
        (8_000, "240", 1, 1, 0.2), (200_000, "240", 4, 4, 3.1),
    ],
)  # fmt: skip
def test_a_request_is_billed_for_each_64_kilobytes(
    order_bytes: int, window: str, published: float, sent: float, received: float
) -> None:
    work = Workload(1e6, "sns", order_bytes=order_bytes, messages_an_order=1)
    found = bill(work, OrderQueueWindowSeconds=window)
    assert usd(found, "order messages", "published") == pytest.approx(published * 0.50)
    assert usd(found, "order messages", "sent to") == pytest.approx(sent * 0.40)
    # A deletion has no payload: it is one request for each batch.
    deleted = 1 if window == "0" else 0.1
    assert usd(found, "order messages", "received and deleted") == pytest.approx((received + deleted) * 0.40)


def test_each_of_five_pollers_gathers_a_batch_of_its_own() -> None:
    # With MaximumConcurrency Lambda never uses fewer.
    assert "MaximumConcurrency" in PARSED.setting("OrderWriterMapping", "ScalingConfig")
    assert QUEUE_POLLERS == 5
    # Ten messages a second, two of them to each poller.
    work = Workload(10 * SECONDS_A_MONTH, "sns", messages_an_order=1)
    found = {window: bill(work, OrderQueueWindowSeconds=window) for window in ("0", "1", "4", "60")}
    batches = {window: usd(each, "order messages", "received and deleted") for window, each in found.items()}
    records = {window: work.messages_a_month * 2 * 0.40e-6 / each for window, each in batches.items()}
    assert records == pytest.approx({"0": 1, "1": 3, "4": 9, "60": 10})


def test_rows_are_read_for_later_messages_that_come_with_others() -> None:
    def reads(messages_an_order: int, window: str) -> float:
        work = Workload(1e6, "sns", messages_an_order=messages_an_order)
        lines = bill(work, OrderQueueWindowSeconds=window).lines
        return sum(line.quantity for line in lines if (line.part, line.unit) == ("order messages", "read units"))

    # An order's first message finds no row, and one that comes alone is refused with the row.
    assert reads(1, "1") == reads(3, "0") == 0
    # All of ten.
    assert reads(3, "240") == pytest.approx(2e6, rel=1e-4)
    # Of a batch by chance: a message opens it, and so many others come with it on average.
    others = 3e6 / SECONDS_A_MONTH / QUEUE_POLLERS
    assert reads(3, "1") == pytest.approx(2e6 * (1 - exp(-others) / (1 + others)))
    assert usd(bill(Workload(1e6, "sns"), OrderQueueWindowSeconds="240"), "order messages", "stored already") == (
        pytest.approx(2 * 0.125, rel=1e-4)
    )


def test_a_longer_window_says_how_long_a_message_may_wait() -> None:
    [words] = [words for name, _, words in candidates(stack(), Workload(1e6)) if "Queue" in name]
    assert words == "an order message waits for others up to 5 s, or up to 20 s when few come"
