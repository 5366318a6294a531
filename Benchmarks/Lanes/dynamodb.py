"""A DynamoDB on loopback whose transactions take time and conflict, as far as the aggregator uses one.

A transaction holds its items from its arrival to its answer, which leaves after the stated latency; another one that
wants a held item is cancelled with TransactionConflict at that action's place. Conditions are checked and counters
added, so that what was counted can be compared with what was sent. It prints its port.

    GET /state       the items and what happened since the last reset
    POST /reset      forget everything
"""

import argparse
import asyncio
import os
import re
import signal
from decimal import Decimal

import orjson

CANCELLED = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
ADDITION = re.compile(r"(#\w+) (:\w+)")


class Table:
    """The items of all tables, and which of them a transaction holds."""

    def __init__(self):
        self.items = {}
        self.held = set()
        self.committed = self.conflicts = self.conditions = 0
        # Seconds that answers left later than they should have: what this machine adds to the latency.
        self.late = []

    def begin(self, actions):
        """The keys that the transaction now holds; or why it is cancelled, for each action."""
        keys = [key(action) for _, action in actions]
        held = [key in self.held for key in keys]
        if any(held):
            self.conflicts += 1
            return None, ["TransactionConflict" if is_held else "None" for is_held in held]
        allowed = [self.allows(key, action) for key, (_, action) in zip(keys, actions, strict=True)]
        if not all(allowed):
            self.conditions += 1
            return None, ["None" if is_allowed else "ConditionalCheckFailed" for is_allowed in allowed]
        self.held.update(keys)
        return keys, None

    def allows(self, key, action):
        condition = action.get("ConditionExpression")
        if condition is None:
            return True
        item = self.items.get(key)
        if condition.startswith("attribute_not_exists("):
            return item is None
        name, value = re.fullmatch(r"(#\w+) = (:\w+)", condition).groups()
        attribute = action["ExpressionAttributeNames"][name]
        return item is not None and item.get(attribute) == action["ExpressionAttributeValues"][value]

    def commit(self, keys, actions):
        self.held.difference_update(keys)
        self.committed += 1
        for key, (kind, action) in zip(keys, actions, strict=True):
            if kind == "Put":
                self.items[key] = action["Item"]
                continue
            assert kind == "Update" and action["UpdateExpression"].startswith("ADD "), action
            item = self.items.setdefault(key, {})
            for name, value in ADDITION.findall(action["UpdateExpression"]):
                attribute = action["ExpressionAttributeNames"][name]
                number = Decimal(action["ExpressionAttributeValues"][value]["N"])
                item[attribute] = item.get(attribute, 0) + number

    def state(self):
        """The counters by row, "PK|SK", and the statistics."""
        rows = {}
        markers = 0
        for (table, *key), item in self.items.items():
            if key[0].startswith("EVENT#"):
                markers += 1
            elif table == "analytics":
                rows["|".join(key)] = {name: str(value) for name, value in item.items()}
        late = sorted(self.late) or [0]
        return {
            "rows": rows,
            "markers": markers,
            "committed": self.committed,
            "conflicts": self.conflicts,
            "conditions": self.conditions,
            "late": {"median": late[len(late) // 2], "p99": late[len(late) * 99 // 100], "greatest": late[-1]},
        }


def key(action):
    """What names the item: its table and the values of its key."""
    item = action.get("Key") or action["Item"]
    if "PK" in item:
        return action["TableName"], item["PK"]["S"], item["SK"]["S"]
    return action["TableName"], item["checkpoint"]["S"]


class Connection(asyncio.Protocol):
    """One client; its requests come one after the other."""

    def __init__(self, table, latency):
        self.table = table
        self.latency = latency
        self.buffer = bytearray()
        self.body_at = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        if self.body_at is None:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self.head = bytes(self.buffer[:end]).decode().lower()
            self.body_at = end + 4
            length = re.search(r"\r\ncontent-length: *(\d+)", self.head)
            self.length = int(length[1]) if length else 0
            if "\r\nexpect: 100-continue" in self.head:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if len(self.buffer) < self.body_at + self.length:
            return
        body = bytes(self.buffer[self.body_at : self.body_at + self.length])
        del self.buffer[: self.body_at + self.length]
        self.body_at = None
        self.take(body)

    def take(self, body):
        target = re.search(r"\r\nx-amz-target: *dynamodb_20120810\.(\w+)", self.head)
        if self.head.startswith("get /state "):
            self.answer(200, self.table.state())
        elif self.head.startswith("post /reset "):
            self.table.__init__()
            self.answer(200, {})
        elif target and target[1] == "transactwriteitems":
            self.transact([next(iter(item.items())) for item in orjson.loads(body)["TransactItems"]])
        elif target and target[1] == "getitem":
            item = self.table.items.get(key(orjson.loads(body)))
            self.later(self.latency / 2, lambda: self.answer(200, {"Item": item} if item else {}))
        else:
            self.answer(400, {"__type": "UnknownOperationException"})

    def transact(self, actions):
        keys, reasons = self.table.begin(actions)
        if keys is None:
            # DynamoDB prepares, then commits: a conflict shows in the first half.
            answer = {
                "__type": CANCELLED,
                "Message": f"Transaction cancelled, please refer cancellation reasons [{', '.join(reasons)}]",
                "CancellationReasons": [{"Code": reason} for reason in reasons],
            }
            self.later(self.latency / 2, lambda: self.answer(400, answer))
            return

        def commit():
            self.table.commit(keys, actions)
            self.answer(200, {})

        self.later(self.latency, commit)

    def later(self, delay, action):
        loop = asyncio.get_running_loop()
        due = loop.time() + delay

        def run():
            self.table.late.append(loop.time() - due)
            action()

        loop.call_at(due, run)

    def answer(self, status, body):
        text = orjson.dumps(body)
        self.transport.write(
            b"HTTP/1.1 %d Answer\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n%s"
            % (status, len(text), text)
        )


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, required=True, help="milliseconds from a transaction to its answer")
    options = parser.parse_args()
    loop = asyncio.get_running_loop()
    table = Table()
    server = await loop.create_server(lambda: Connection(table, options.latency / 1000), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    parent = os.getppid()
    # It ends with whoever started it.
    while os.getppid() == parent:
        await asyncio.sleep(1)


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
asyncio.run(main())
