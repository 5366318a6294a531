"""A DynamoDB on loopback whose writes take time, as far as the aggregator uses one.

Writes of one item happen one after the other, a thousand a second, which is what DynamoDB gives an item; those of
different items side by side. Conditions are checked and counters added, so that what was counted can be compared with
what was sent. It prints its port.

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

FAILED = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"
ADDITION = re.compile(r"(#\w+) (:\w+)")
SETTING = re.compile(r"(#\w+) = (:\w+)")
# An `UPDATE` adds to attributes, sets others, and asks that some be equal to or less than a value.
CHANGES = (r'"([^"]*)"="\1"\+\?', r' SET "([^"]*)"=\?', r'(?:WHERE|AND) "([^"]*)"=\?', r'AND "([^"]*)"<\?')
# Seconds between two writes of one item.
ITEM_TIME = 0.001


class Table:
    """The items of all tables, and until when each is being written."""

    def __init__(self):
        self.items = {}
        self.busy = {}
        self.updates = self.refusals = self.statements = 0
        self.queued = 0.0
        # Seconds that answers left later than they should have: what this machine adds to the latency.
        self.late = []

    def insert(self, statement):
        names = re.findall(r"'([^']*)':\?", statement["Statement"])
        item = dict(zip(names, statement["Parameters"], strict=True))
        self.statements += 1
        key = (re.search(r'"([^"]*)"', statement["Statement"])[1], item["PK"]["S"], item["SK"]["S"])
        if key in self.items:
            return {"Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}}
        self.items[key] = item
        return {}

    def update(self, key, action):
        """The item as it is, where the condition refuses; else None."""
        names, values = action["ExpressionAttributeNames"], action["ExpressionAttributeValues"]
        item = self.items.get(key, {})
        position = item.get(names["#at"], {}).get("S")
        read = values[":read"]["S"]
        is_first = action["ConditionExpression"].startswith("(attribute_not_exists(#at) OR #at < :read)")
        if not (position is None or position < read if is_first else position == read):
            self.refusals += 1
            return {name: value if isinstance(value, dict) else {"N": str(value)} for name, value in item.items()}
        self.updates += 1
        additions, _, settings = action["UpdateExpression"].partition(" SET ")
        for name, value in ADDITION.findall(additions):
            item[names[name]] = item.get(names[name], 0) + Decimal(values[value]["N"])
        for name, value in SETTING.findall(settings):
            item[names[name]] = values[value]
        self.items[key] = item
        return None

    def change(self, statement):
        """What becomes of an `UPDATE` of an item; the outcome as a batch's answer has it."""
        key, names, parameters = change_of(statement)
        item = self.items.get(key)
        adds, sets, equal, less = (re.findall(form, names) for form in CHANGES)
        values = iter(parameters)
        added = {name: Decimal(next(values)["N"]) for name in adds}
        settled = {name: next(values) for name in sets}
        wanted = {name: next(values) for name in equal}
        bounds = {name: next(values)["S"] for name in less}
        if item is None:
            return {"Error": {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}}
        holds = all(item.get(name) == value for name, value in wanted.items() if name not in ("PK", "SK"))
        if not holds or any(item.get(name, {"S": bound})["S"] >= bound for name, bound in bounds.items()):
            self.refusals += 1
            shown = {name: value if isinstance(value, dict) else {"N": str(value)} for name, value in item.items()}
            return {"Error": {"Code": "ConditionalCheckFailed", "Message": "no", "Item": shown}}
        self.updates += 1
        for name, amount in added.items():
            item[name] += amount
        item.update(settled)
        return {}

    def start(self, key, now):
        """When a write of the item begins that arrives now."""
        start = max(now, self.busy.get(key, 0))
        self.busy[key] = start + ITEM_TIME
        self.queued = max(self.queued, start - now)
        return start

    def state(self):
        """The counters by row, "PK|SK", and the statistics."""
        rows = {}
        for (table, *key), item in self.items.items():
            if table == "analytics" and not key[0].startswith("EVENT#"):
                rows["|".join(key)] = {name: str(n) for name, n in item.items() if not isinstance(n, dict)}
        late = sorted(self.late) or [0]
        return {
            "rows": rows,
            "updates": self.updates,
            "refusals": self.refusals,
            "statements": self.statements,
            "queued": self.queued,
            "late": {"median": late[len(late) // 2], "p99": late[len(late) * 99 // 100], "greatest": late[-1]},
        }


def change_of(statement):
    """The key of the item that an `UPDATE` changes, its text, and its parameters."""
    text, parameters = statement["Statement"], statement["Parameters"]
    places = re.findall(r'"([^"]*)"(?:\+\?|=\?|<\?)', text)
    table = re.match(r'UPDATE "([^"]*)"', text)[1]
    return (table, *(parameters[places.index(name)]["S"] for name in ("PK", "SK"))), text, parameters


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
        elif target:
            self.operate(target[1], orjson.loads(body))
        else:
            self.answer(400, {"__type": "UnknownOperationException"})

    def operate(self, operation, body):
        match operation:
            case "batchexecutestatement":
                if body["Statements"][0]["Statement"].startswith("UPDATE "):
                    self.change(body["Statements"])
                    return
                answer = {"Responses": [self.table.insert(statement) for statement in body["Statements"]]}
                self.later(self.latency, lambda: self.answer(200, answer))
            case "updateitem":
                now = asyncio.get_running_loop().time()
                start = self.table.start(key(body), now)

                def update():
                    item = self.table.update(key(body), body)
                    refusal = {"__type": FAILED, "message": "The conditional request failed", "Item": item}
                    self.answer(200 if item is None else 400, {} if item is None else refusal)

                self.later(start - now + self.latency, update)
            case "putitem":
                self.table.items[key(body)] = body["Item"]
                self.later(self.latency, lambda: self.answer(200, {}))
            case "getitem":
                item = self.table.items.get(key(body))
                self.later(self.latency / 2, lambda: self.answer(200, {"Item": item} if item else {}))
            case _:
                self.answer(400, {"__type": "UnknownOperationException"})

    def change(self, statements):
        """Answers once each of the items has had its turn."""
        now = asyncio.get_running_loop().time()
        start = max(self.table.start(change_of(statement)[0], now) for statement in statements)

        def change():
            self.answer(200, {"Responses": [self.table.change(statement) for statement in statements]})

        self.later(start - now + self.latency, change)

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
    parser.add_argument("--latency", type=float, required=True, help="milliseconds from a write to its answer")
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
