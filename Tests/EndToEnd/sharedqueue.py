"""Messages in the queues of a stack that tests share: each takes out its own and leaves the others' to be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def receive_all(client: Any, queue: str) -> list[dict[str, Any]]:
    """All that can be seen, hidden for a minute: else the same ten would be received again and again."""
    messages: list[dict[str, Any]] = []
    # A receive may miss messages of a short queue, in AWS at least.
    empty = 0
    while empty < 3:
        found = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=60).get("Messages", [])
        messages += found
        empty = 0 if found else empty + 1
    return messages


def take_out(client: Any, queue: str, messages: list[dict[str, Any]], is_own: Callable[[dict[str, Any]], bool]) -> int:
    """Deletes the own of what `receive_all` has hidden, shows the others again and returns how many it deleted."""
    own = [message for message in messages if is_own(message)]
    for message in messages:
        handle = {"QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"]}
        if message in own:
            client.delete_message(**handle)
        else:
            client.change_message_visibility(**handle, VisibilityTimeout=0)
    return len(own)
