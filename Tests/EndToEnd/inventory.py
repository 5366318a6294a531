"""What there is in the local AWS, of every type that the template makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pipeline.stack import Stack

Lister = Callable[[Stack], Iterator[str] | list[str]]


def pages(stack: Stack, service: str, operation: str, member: str) -> Iterator[Any]:
    for page in stack.client(service).get_paginator(operation).paginate():
        yield from page[member]


def named(service: str, operation: str, member: str, name: str) -> Lister:
    return lambda stack: [item[name] for item in pages(stack, service, operation, member)]


def bucket_policies(stack: Stack) -> Iterator[str]:
    s3 = stack.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        try:
            s3.get_bucket_policy(Bucket=bucket["Name"])
        except s3.exceptions.ClientError:
            continue
        # As the local AWS names a policy of a template; on AWS it has the bucket's name.
        yield f"{bucket['Name']}-policy"


# A queue's policy, parts of an API, a database's tables and the permission to invoke a function go with their owner.
LISTERS: dict[str, Lister] = {
    "AWS::ApiGatewayV2::Api": lambda stack: [api["Name"] for api in stack.client("apigatewayv2").get_apis()["Items"]],
    "AWS::CloudWatch::Alarm": named("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "AWS::CloudWatch::Dashboard": named("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "AWS::DynamoDB::Table": lambda stack: list(pages(stack, "dynamodb", "list_tables", "TableNames")),
    "AWS::Glue::Database": named("glue", "get_databases", "DatabaseList", "Name"),
    "AWS::IAM::Role": named("iam", "list_roles", "Roles", "RoleName"),
    "AWS::Kinesis::Stream": lambda stack: stack.client("kinesis").list_streams()["StreamNames"],
    "AWS::Lambda::EventSourceMapping": named("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
    "AWS::Lambda::Function": named("lambda", "list_functions", "Functions", "FunctionName"),
    "AWS::Logs::LogGroup": named("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "AWS::Logs::MetricFilter": named("logs", "describe_metric_filters", "metricFilters", "filterName"),
    "AWS::Pipes::Pipe": lambda stack: [pipe["Name"] for pipe in stack.client("pipes").list_pipes()["Pipes"]],
    "AWS::S3::Bucket": lambda stack: [bucket["Name"] for bucket in stack.client("s3").list_buckets()["Buckets"]],
    "AWS::S3::BucketPolicy": bucket_policies,
    "AWS::SNS::Subscription": named("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
    "AWS::SNS::Topic": named("sns", "list_topics", "Topics", "TopicArn"),
    "AWS::SQS::Queue": lambda stack: stack.client("sqs").list_queues().get("QueueUrls", []),
}
PARTS = {
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::Glue::Table",
    "AWS::Lambda::Permission",
    "AWS::SQS::QueuePolicy",
}


def inventory(stack: Stack) -> set[str]:
    """A line for each resource, type and name, as scripts/deploy writes what it leaves."""
    return {f"{kind}  {name}" for kind, lister in LISTERS.items() for name in lister(stack)}
