"""Which resources the model knows, so that a new one cannot be left out of the bill unnoticed."""

from __future__ import annotations

from deployment.template import Template

from .model import Model
from .stack import Stack
from .workload import WAYS, Workload

# Types that may be billed: each resource of one has a line in some workload, or is named below.
BILLED_TYPES = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::DynamoDB::Table",
    "AWS::Kinesis::Stream",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::Pipes::Pipe",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
}
FREE_TYPES = {
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::Glue::Database",
    "AWS::Glue::Table",
    "AWS::IAM::Role",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SQS::QueuePolicy",
}
# Resources of billed types that cost nothing unless something fails.
FREE_RESOURCES = {
    "AlarmTopic",
    "OrderDLQ",
    "OrderTopicDLQ",
    "NormalPipeDLQ",
    "PremiumPipeDLQ",
    "AnalyticsDLQ",
    # A custom metric, by the hours in which it has a value.
    "OrderIntakeNotStoredFilter",
    "NormalOrdersPipeLogGroup",
    "PremiumOrdersPipeLogGroup",
}


def unpriced(template: Template) -> list[str]:
    """Resources that would be missing in a bill."""
    priced = FREE_RESOURCES.copy()
    for way in WAYS:
        for line in Model(Stack.of(template, {}), Workload(1e9, way)).bill().lines:
            priced.update(line.resources)
    return [
        f"{name} ({resource['Type']})"
        for name, resource in template.resources.items()
        if resource["Type"] not in FREE_TYPES and (resource["Type"] not in BILLED_TYPES or name not in priced)
    ]
