"""An account in which the project's template is deployed, as far as the tool looks at it."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from . import answers, call, oracle
from .request import Answer, Request, ServiceError

# Not the number of AWS's examples, which `orders doctor --record` puts in its place.
ACCOUNT = "602819374655"
STACK = "orders"
NOW = datetime.datetime(2025, 8, 27, 18, 8, tzinfo=datetime.UTC)

Result = dict[str, Any]
Rule = Callable[[Result], Result]


class Loader(yaml.SafeLoader):
    """Takes `!Ref` and its like for what stands behind them."""


def untagged(loader: Loader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    return loader.construct_mapping(node)


Loader.add_multi_constructor("!", untagged)


@cache
def parsed(template: Path) -> dict[str, Any]:
    """Once a session: it takes most of a second."""
    return yaml.load(template.read_text(), Loader)


class Account:
    """Answers by rules, `dynamodbstreams.GetRecords` and so on, and keeps the calls.

    What botocore would not send becomes a complaint.
    """

    def __init__(self, template: Path) -> None:
        document = parsed(template)
        self.types = {name: resource["Type"] for name, resource in document["Resources"].items()}
        self.parameters = {name: str(value.get("Default", "")) for name, value in document["Parameters"].items()}
        self.calls: list[call.Call] = []
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        self.api_requests: list[Request] = []
        self.api: Callable[[Request], tuple[int, Result]] = lambda _: (404, {})
        self.rules: dict[str, Rule] = {
            "cloudformation.DescribeStacks": self.describe_stacks,
            "cloudformation.ListStackResources": self.list_stack_resources,
            "dynamodb.DescribeTable": self.describe_table,
        }

    @property
    def operations(self) -> set[str]:
        return {f"{made.service}.{made.operation}" for made in self.calls}

    def of(self, operation: str) -> list[Result]:
        """Parameters of the calls of one operation."""
        return [made.parameters for made in self.calls if f"{made.service}.{made.operation}" == operation]

    def answer(self, request: Request) -> Answer:
        made = None
        try:
            if ".execute-api." in request.host:
                return self.answer_api(request)
            made = call.read(request)
            oracle.check(request, made)
            self.calls.append(made)
            self.requests.append(request)
            rule = self.rules[f"{made.service}.{made.operation}"]
            try:
                result = rule(made.parameters)
            except ServiceError as error:
                return answers.failure(made, error)
            return answers.success(made, result)
        except Exception as error:  # Whatever it is, the test has to hear of it.
            what = f"{made.service}.{made.operation}" if made else f"{request.method} {request.target}"
            self.complaints.append(f"{what}: {type(error).__name__}: {error}")
            return Answer(400, {}, b'{"__type":"Complaint"}')

    def answer_api(self, request: Request) -> Answer:
        """The stack's own API, of which no model of AWS knows: signed for the service that runs it."""
        assert request.host == urlsplit(self.api_endpoint).netloc
        assert request.scope == (oracle.REGION, "execute-api")
        oracle.check_signature(request)
        self.api_requests.append(request)
        status, body = self.api(request)
        return Answer(status, {"Content-Type": "application/json"}, json.dumps(body).encode())

    # What stands where.

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{oracle.REGION}:{ACCOUNT}:{resource}"

    def physical_id(self, name: str) -> str:
        kind = self.types[name]
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{oracle.REGION}.amazonaws.com/{ACCOUNT}/{STACK}-{name}-X1Y2"
        if kind == "AWS::SNS::Topic":
            return self.arn("sns", f"{STACK}-{name}-X1Y2")
        if kind == "AWS::Lambda::EventSourceMapping":
            return "4bca2dd1-4ae4-4a4a-8c1b-" + format(sum(name.encode()), "012d")
        if kind == "AWS::S3::Bucket":
            return f"{STACK}-{name.lower()}-x1y2"
        if kind == "AWS::Lambda::Function":
            return f"{STACK}-{name}"
        return f"{STACK}-{name}-X1Y2"

    def queue_arn(self, name: str) -> str:
        return self.arn("sqs", f"{STACK}-{name}-X1Y2")

    @property
    def api_endpoint(self) -> str:
        return f"https://a1b2c3.execute-api.{oracle.REGION}.amazonaws.com"

    @property
    def table_stream(self) -> str:
        return self.arn("dynamodb", f"table/{self.physical_id('OrdersTable')}/stream/2025-08-27T00:00:00.000")

    # Answers that every command needs.

    def describe_stacks(self, asked: Result) -> Result:
        if asked["StackName"] != STACK:
            raise ServiceError("ValidationError", f"Stack with id {asked['StackName']} does not exist")
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in self.parameters.items()]
        stack = {
            "StackId": self.arn("cloudformation", f"stack/{STACK}/5d6a"),
            "StackName": STACK,
            "Parameters": parameters,
            "CreationTime": NOW,
            "StackStatus": "UPDATE_COMPLETE",
            "Outputs": [{"OutputKey": "ApiEndpoint", "OutputValue": self.api_endpoint}],
        }
        return {"Stacks": [stack]}

    def list_stack_resources(self, asked: Result) -> Result:
        """In pages, as AWS does for a stack of this size."""
        names = sorted(self.types)
        start = int(asked.get("NextToken", "0"))
        end = start + 40
        summaries = [
            {
                "LogicalResourceId": name,
                "PhysicalResourceId": self.physical_id(name),
                "ResourceType": self.types[name],
                "LastUpdatedTimestamp": NOW,
                "ResourceStatus": "CREATE_COMPLETE",
            }
            for name in names[start:end]
        ]
        return {"StackResourceSummaries": summaries} | ({"NextToken": str(end)} if end < len(names) else {})

    def describe_table(self, asked: Result) -> Result:
        description = {"TableName": asked["TableName"], "TableStatus": "ACTIVE"}
        if re.search("OrdersTable", asked["TableName"]):
            description["LatestStreamArn"] = self.table_stream
        return {"Table": description}
