"""Names of the template's resources as CloudWatch knows them: by logical id, which stands for each name."""

from __future__ import annotations

import re
import sys
from typing import Any

from pipeline.stack import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from deployment.template import Template

TEMPLATE = Template.parse((ROOT / "cloudformation.yaml").read_text())

# What Ref gives is the name that metrics know, of these types; a queue's is its URL, a topic's its ARN.
NAMED_BY_REF = {
    "AWS::ApiGatewayV2::Api",
    "AWS::DynamoDB::Table",
    "AWS::Kinesis::Stream",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::Pipes::Pipe",
}
# Attributes that are names, or say whose ARN they are.
NAMED_BY_ATTRIBUTE = {"AWS::SQS::Queue": "QueueName", "AWS::SNS::Topic": "TopicName", "AWS::CloudWatch::Alarm": "Arn"}


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """Properties by logical id."""
    return {name: value["Properties"] for name, value in TEMPLATE.resources.items() if value["Type"] == kind}


def number(value: Any, **parameters: str) -> float:
    """A number of the template, as these parameters make it, or else their defaults."""
    match value:
        case {"Fn::FindInMap": [name, {"Ref": parameter}, key]}:
            chosen = parameters.get(parameter, TEMPLATE.parameters[parameter].default)
            return float(TEMPLATE.document["Mappings"][name][chosen][key])
    return float(value)


def resolve(value: Any) -> str:
    """The name of a resource, for which its logical id stands, or of the stack."""
    match value:
        case {"Ref": "AWS::StackName"}:
            return "StackName"
        case {"Ref": name}:
            kind = TEMPLATE.resources[name]["Type"]
            return name if kind in NAMED_BY_REF else f"what Ref gives for {kind}, which is no name"
        case {"Fn::GetAtt": [name, attribute]}:
            kind = TEMPLATE.resources[name]["Type"]
            return name if NAMED_BY_ATTRIBUTE.get(kind) == attribute else f"{attribute} of {kind}, which is no name"
    raise ValueError(f"{value} names no resource")


def substituted(text: str, own: dict[str, str]) -> str:
    """What Fn::Sub makes of a text, pseudo parameters by their names."""

    def replace(found: re.Match[str]) -> str:
        name, _, attribute = found[1].partition(".")
        if name in own:
            return own[name]
        if name.startswith("AWS::"):
            return name.removeprefix("AWS::")
        return resolve({"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name})

    # `${!…}` is what CloudFormation leaves as `${…}`.
    return re.sub(r"\$\{!", "${", re.sub(r"\$\{([^}!]+)\}", replace, text))
