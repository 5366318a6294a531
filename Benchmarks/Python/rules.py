"""Which changes of the Orders table a processor is for. No AWS in here: the normal processor needs none of it."""

import os
from decimal import Decimal

DOMAINS = os.environ["TEST_EMAIL_DOMAINS"].split(",")


def minimum(name):
    return Decimal(os.environ[f"{name}_MINIMUM_AMOUNT"])


def is_test_address(address):
    domain = address.rpartition("@")[2].lower()
    return any(domain == test or domain.endswith("." + test) for test in DOMAINS)


def value(image, name):
    return next(iter(image[name].values())) if name in image else None


def is_wanted(record, statuses, least):
    image = record["dynamodb"].get("NewImage", {})
    status, amount = value(image, "status"), value(image, "amount")
    return (
        status in statuses
        and amount is not None
        and Decimal(amount) > least
        and not is_test_address(value(image, "customerEmail") or "")
    )
