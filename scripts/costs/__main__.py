"""`scripts/orders cost`: what a stack costs a month by list prices, part by part, and what would be cheaper."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoRegionError
from deployment import checks
from deployment.template import Template

from . import report
from .stack import Stack
from .workload import (
    DAYS_A_MONTH,
    MOST_MESSAGES_AN_ORDER,
    MOST_ORDER_BYTES,
    MOST_PRODUCTS,
    MOST_PRODUCTS_AN_ORDER,
    WAYS,
    Workload,
)

TEMPLATE = Path(__file__).resolve().parents[2] / "cloudformation.yaml"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="orders cost", allow_abbrev=False, description=__doc__)
    parser.add_argument("--stack", help="a deployed stack, whose parameters count; needs cloudformation:DescribeStacks")
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE", help="may be repeated")
    parser.add_argument("--orders", type=float, default=1_000_000, help="orders a month (1000000)")
    parser.add_argument("--a-day", action="store_true", help="--orders are those of a day")
    parser.add_argument("--by", choices=WAYS, default="kinesis", help="how orders come (kinesis)")
    for name, default, words in [
        ("order-bytes", Workload.order_bytes, "bytes of an order"),
        ("products", Workload.products, "products there are"),
        ("products-an-order", Workload.products_an_order, "different products in an order"),
        ("messages-an-order", Workload.messages_an_order, "messages about an order by SNS"),
    ]:
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{words} ({default})")
    for name, default in [("normal-share", Workload.normal_share), ("premium-share", Workload.premium_share)]:
        parser.add_argument(f"--{name}", type=float, default=default, help=f"of the orders by SNS ({default})")
    parser.add_argument("--json", action="store_true", help="every line, and the proposals, as one object")
    parser.add_argument("--endpoint-url", help="where AWS is, for --stack; the local AWS while it runs")
    parser.add_argument("--region", help="for --stack; default: AWS_REGION. Prices stay those of us-east-1")
    options = parser.parse_args()
    for name, most in [
        ("order_bytes", MOST_ORDER_BYTES[options.by]),
        ("products", MOST_PRODUCTS),
        ("products_an_order", min(MOST_PRODUCTS_AN_ORDER[options.by], options.products)),
        ("messages_an_order", MOST_MESSAGES_AN_ORDER),
    ]:
        if not 1 <= getattr(options, name) <= most:
            parser.error(f"--{name.replace('_', '-')} must be between 1 and {most}")
    for name in ("normal_share", "premium_share"):
        if not 0 <= getattr(options, name) <= 1:
            parser.error(f"--{name.replace('_', '-')} must be between 0 and 1")
    if not 0 <= options.orders <= 1e12:
        parser.error("--orders must be between 0 and 1000000000000")
    if options.stack == "":
        parser.error("--stack needs a name; without the option a new stack is meant")
    for item in options.parameter:
        if not item.partition("=")[1] or item.startswith("="):
            parser.error(f"--parameter: {item} is not NAME=VALUE")
    return options


class UsageError(Exception):
    """What was asked for cannot be: the message says what to do."""


def deployed_parameters(options: argparse.Namespace) -> dict[str, str]:
    """Those of the stack, on the local AWS while that runs and no other is named."""
    # boto3 knows AWS_DEFAULT_REGION alone, and the AWS CLI's configuration.
    place = {"endpoint_url": options.endpoint_url, "region_name": options.region or os.environ.get("AWS_REGION")}
    has_own = any(name.startswith("AWS_ENDPOINT_URL") for name in os.environ)
    if not options.endpoint_url and not options.region and not has_own and "ORDERS_LOCAL_ENDPOINT_URL" in os.environ:
        place = {
            "endpoint_url": os.environ["ORDERS_LOCAL_ENDPOINT_URL"],
            "region_name": os.environ.get("ORDERS_LOCAL_REGION", "us-east-1"),
            "aws_access_key_id": os.environ["ORDERS_LOCAL_ACCESS_KEY_ID"],
            "aws_secret_access_key": os.environ["ORDERS_LOCAL_SECRET_ACCESS_KEY"],
        }
        print("on the local AWS, which runs; --region names AWS itself", file=sys.stderr)
    try:
        client = boto3.client("cloudformation", **{name: value for name, value in place.items() if value})
        found = client.describe_stacks(StackName=options.stack)["Stacks"][0]
    except NoRegionError as error:
        raise UsageError("no region is known: give one with --region, or set AWS_REGION") from error
    except BotoCoreError:
        raise
    except ValueError as error:
        raise UsageError(f"{error}: an endpoint is a URL such as http://localhost:4566") from error
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        where = place["endpoint_url"] or f"AWS, region {client.meta.region_name}"
        message = f"there is no stack {options.stack} at {where}: scripts/local start, or scripts/deploy, makes one"
        raise UsageError(message) from error
    return {item["ParameterKey"]: item["ParameterValue"] for item in found.get("Parameters", [])}


def main() -> int:
    # Whoever reads this may have seen enough, as `head` does.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    options = arguments()
    template = Template.parse(TEMPLATE.read_text())
    own = dict(item.split("=", 1) for item in options.parameter)
    problems = checks.unknown_parameters(own, template) or checks.bad_values(own, template)
    if problems:
        print("\n".join(f"orders: {problem}" for problem in problems), file=sys.stderr)
        return 2
    try:
        given = (deployed_parameters(options) if options.stack else {}) | own
    except UsageError as error:
        print(f"orders: {error}", file=sys.stderr)
        return 2
    except (BotoCoreError, ClientError) as error:
        print(f"orders: {error}", file=sys.stderr)
        return 1
    workload = Workload(
        orders_a_month=options.orders * (DAYS_A_MONTH if options.a_day else 1),
        way=options.by,
        order_bytes=options.order_bytes,
        products=options.products,
        products_an_order=options.products_an_order,
        messages_an_order=options.messages_an_order,
        normal_share=options.normal_share,
        premium_share=options.premium_share,
    )
    name, stack = options.stack or "A new stack", Stack.of(template, given)
    if options.json:
        print(json.dumps(report.document(name, stack, workload), indent=1, ensure_ascii=False))
    else:
        print("\n".join(report.text(name, stack, workload)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
