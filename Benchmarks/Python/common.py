"""What the Python handlers share: one client per service, made at start, and reading an order event."""

import base64
import json
import os
from decimal import Decimal

import boto3
from botocore.config import Config

# As many connections as a handler has threads, kept open between invocations.
CONFIG = Config(tcp_keepalive=True, max_pool_connections=20, retries={"mode": "standard", "max_attempts": 3})


def client(service):
    return boto3.client(service, config=CONFIG)


def order_of(record):
    """The order event in a Kinesis record, amounts exact."""
    return json.loads(base64.b64decode(record["kinesis"]["data"]), parse_float=Decimal)


def insert(dynamodb, items):
    """Puts up to 25 new orders with one request; gives each one's error code, or None."""
    table = os.environ["ORDERS_TABLE"]
    statements = []
    for item in items:
        names = ",".join(f"'{name}':?" for name in item)
        statements.append({"Statement": f'INSERT INTO "{table}" VALUE {{{names}}}', "Parameters": list(item.values())})
    responses = dynamodb.batch_execute_statement(Statements=statements)["Responses"]
    return [response.get("Error", {}).get("Code") for response in responses]
