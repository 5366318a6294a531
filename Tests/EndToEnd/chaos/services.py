"""The local AWS, asked directly: no proxy, no faults. It checks no signature, so none is made."""

from __future__ import annotations

import json
import urllib.parse
import xml.etree.ElementTree as ElementTree
from typing import Any

from .http1 import Message, Upstream

REGION = "us-east-1"
_TARGETS = {
    "dynamodb": ("DynamoDB_20120810", "1.0"),
    "streams": ("DynamoDBStreams_20120810", "1.0"),
    "sqs": ("AmazonSQS", "1.0"),
}
_SIGNING_NAMES = {"streams": "dynamodb"}


class Refused(RuntimeError):
    pass


class Services:
    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream

    async def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """An operation of a JSON protocol."""
        target, version = _TARGETS[service]
        headers = {"X-Amz-Target": f"{target}.{operation}", "Content-Type": f"application/x-amz-json-{version}"}
        answer = await self._send("POST", "/", service, json.dumps(parameters).encode(), headers)
        return json.loads(answer.body) if answer.body else {}

    async def sns(self, action: str, **parameters: str) -> dict[str, str]:
        """The leaves of the answer by name."""
        return await self._query("sns", "2010-03-31", action, parameters)

    async def cloudformation(self, action: str, **parameters: str) -> dict[str, str]:
        """The leaves of the answer by name."""
        return await self._query("cloudformation", "2010-05-15", action, parameters)

    async def _query(self, service: str, version: str, action: str, parameters: dict[str, str]) -> dict[str, str]:
        body = urllib.parse.urlencode({"Action": action, "Version": version} | parameters).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await self._send("POST", "/", service, body, headers)
        return {_name(leaf): leaf.text or "" for leaf in ElementTree.fromstring(answer.body).iter()}

    async def put_object(self, bucket: str, key: str = "", body: bytes = b"") -> None:
        await self._send("PUT", _path(bucket, key), "s3", body, {})

    async def get_object(self, bucket: str, key: str) -> tuple[bytes, dict[str, str]]:
        answer = await self._send("GET", _path(bucket, key), "s3", b"", {})
        return answer.body, answer.headers

    async def delete_object(self, bucket: str, key: str = "") -> None:
        await self._send("DELETE", _path(bucket, key), "s3", b"", {})

    async def list_keys(self, bucket: str, prefix: str = "") -> list[str]:
        keys: list[str] = []
        token = ""
        while True:
            query = {"list-type": "2", "prefix": prefix} | ({"continuation-token": token} if token else {})
            answer = await self._send("GET", f"/{bucket}?{urllib.parse.urlencode(query)}", "s3", b"", {})
            tree = ElementTree.fromstring(answer.body)
            keys += [leaf.text or "" for leaf in tree.iter() if _name(leaf) == "Key"]
            token = next((leaf.text or "" for leaf in tree.iter() if _name(leaf) == "NextContinuationToken"), "")
            if not token:
                return keys

    async def scan(self, table: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        start: dict[str, Any] = {}
        while True:
            page = await self.call("dynamodb", "Scan", TableName=table, ConsistentRead=True, **start)
            items += page["Items"]
            if not page.get("LastEvaluatedKey"):
                return items
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    async def receive_all(self, queue_url: str) -> list[dict[str, Any]]:
        """Every message of a queue, which keeps them visible."""
        messages: dict[str, dict[str, Any]] = {}
        while True:
            page = await self.call(
                "sqs", "ReceiveMessage", QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=900
            )
            if not page.get("Messages"):
                break
            messages |= {message["MessageId"]: message for message in page["Messages"]}
        for message in messages.values():
            await self.call(
                "sqs",
                "ChangeMessageVisibility",
                QueueUrl=queue_url,
                ReceiptHandle=message["ReceiptHandle"],
                VisibilityTimeout=0,
            )
        return list(messages.values())

    async def _send(self, method: str, path: str, service: str, body: bytes, headers: dict[str, str]) -> Message:
        scope = f"test/20250827/{REGION}/{_SIGNING_NAMES.get(service, service)}/aws4_request"
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self.upstream.host}:{self.upstream.port}",
            f"Authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        answer = await self.upstream.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        if answer.status >= 300:
            raise Refused(f"{method} {path} {headers}: {answer.status} {answer.body[:500]!r}")
        return answer


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _path(bucket: str, key: str) -> str:
    return f"/{bucket}/{urllib.parse.quote(key)}" if key else f"/{bucket}"


def table_properties(name: str, *keys: str) -> dict[str, Any]:
    """A table with those keys, as CreateTable and CloudFormation have it."""
    kinds = zip(keys, ("HASH", "RANGE"), strict=False)
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in kinds],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
    }
