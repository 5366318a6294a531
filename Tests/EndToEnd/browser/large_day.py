"""A DynamoDB that holds one large day and nothing else: filling the local AWS with it would take a minute."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Item = dict[str, dict[str, str]]


class LargeDay:
    """The rows by partition; a test changes them as it likes."""

    # As DynamoDB's pages: 1 MB at most.
    PAGE = 4_000

    def __init__(self, day: str, orders: int, products: int) -> None:
        self.product_rows = [
            {"PK": {"S": f"PRODUCT#{day}"}, "SK": {"S": f"P{number:05}"}, "OrderCount": {"N": str(number)}}
            | {"Units": {"N": str(number)}, "Revenue": {"N": f"{number}.25"}}
            for number in range(1, products + 1)
        ]
        self.revenue = {"PK": {"S": f"REVENUE#{day}"}, "SK": {"S": "USD"}}
        self.revenue |= {"Value": {"N": "98765432.10"}, "Count": {"N": str(orders)}}
        self.total = {"PK": {"S": f"ORDERS#{day}"}, "SK": {"S": "TOTAL"}, "format": {"N": "1"}}
        self.total |= {"TotalOrders": {"N": str(orders)}, "SuccessfulOrders": {"N": str(orders)}}
        self.day = day

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation == "DescribeTable":
            return {"Table": {}}
        if operation != "Query":
            return {}
        kind, _, day = request["ExpressionAttributeValues"][":pk"]["S"].partition("#")
        if day != self.day:
            return {"Items": []}
        if kind != "PRODUCT":
            return {"Items": [self.revenue if kind == "REVENUE" else self.total]}
        after = request.get("ExclusiveStartKey", {}).get("SK", {}).get("S", "")
        start = int(after[1:]) if after else 0
        page = self.product_rows[start : start + self.PAGE]
        last = {name: page[-1][name] for name in ("PK", "SK")} if page else {}
        return {"Items": page} | ({"LastEvaluatedKey": last} if start + self.PAGE < len(self.product_rows) else {})


@contextmanager
def serving(day: LargeDay) -> Iterator[str]:
    """The endpoint's URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            text = json.dumps(day.answer(self.headers["X-Amz-Target"].split(".")[1], body)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
