"""What the Python handlers share: configuration from the environment, and one client per service, made at start."""

import base64
import json
import os
from decimal import Decimal

import boto3
from botocore.config import Config

CONFIG = Config(tcp_keepalive=True, max_pool_connections=16, retries={"mode": "standard", "max_attempts": 3})


def client(service):
    return boto3.client(service, config=CONFIG)


def order_of(record):
    """The order event in a Kinesis record, amounts exact."""
    return json.loads(base64.b64decode(record["kinesis"]["data"]), parse_float=Decimal)


def minimum(name):
    return Decimal(os.environ[f"{name}_MINIMUM_AMOUNT"])


def is_test_address(address):
    domain = address.rpartition("@")[2].lower()
    domains = os.environ["TEST_EMAIL_DOMAINS"].split(",")
    return any(domain == test or domain.endswith("." + test) for test in domains)
