"""What the Python handlers share: one client per service, made at start, and reading an order event."""

import base64
import json
from decimal import Decimal

import boto3
from botocore.config import Config

# As many connections as a handler has threads, kept open between invocations.
CONFIG = Config(tcp_keepalive=True, max_pool_connections=16, retries={"mode": "standard", "max_attempts": 3})


def client(service):
    return boto3.client(service, config=CONFIG)


def order_of(record):
    """The order event in a Kinesis record, amounts exact."""
    return json.loads(base64.b64decode(record["kinesis"]["data"]), parse_float=Decimal)
