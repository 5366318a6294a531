"""What AWS says that resources of the template are set to: their properties, with functions evaluated as CloudFormation
does and values as the service's model has them."""

from __future__ import annotations

import re
from typing import Any

from botocore.model import Shape, StructureShape

from cloudwatch.template import TEMPLATE

from .account import Account

NO_VALUE = object()


class Deployed:
    """The template in an account, with the account's parameters."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.document = TEMPLATE.document

    def settings(self, logical_id: str, shape: StructureShape) -> dict[str, Any]:
        """The resource's properties, as far as an answer of that shape has them."""
        properties = self.document["Resources"][logical_id]["Properties"]
        return {
            name: shaped(value, shape.members[name])
            for name, property in properties.items()
            if name in shape.members and (value := self.resolve(property)) is not NO_VALUE
        }

    def resolve(self, value: Any) -> Any:
        match value:
            case {"Ref": "AWS::NoValue"}:
                return NO_VALUE
            case {"Ref": name}:
                return self.reference(name)
            case {"Fn::GetAtt": [name, "Arn"]}:
                return self.arn(name)
            case {"Fn::GetAtt": [name, attribute]}:
                return f"{name}.{attribute}"
            case {"Fn::FindInMap": [name, key, member]}:
                return self.document["Mappings"][name][self.resolve(key)][member]
            case {"Fn::If": [condition, first, second]}:
                return self.resolve(first if self.holds(condition) else second)
            case {"Fn::Join": [separator, elements]}:
                return separator.join(self.resolve(elements))
            case {"Fn::Sub": [text, own]}:
                return self.substitute(text, {name: self.resolve(element) for name, element in own.items()})
            case {"Fn::Sub": text}:
                return self.substitute(text, {})
            case dict():
                members = {name: self.resolve(member) for name, member in value.items()}
                return {name: member for name, member in members.items() if member is not NO_VALUE}
            case list():
                return [element for item in value if (element := self.resolve(item)) is not NO_VALUE]
        return value

    def reference(self, name: str) -> Any:
        if name not in self.account.parameters:
            return self.account.physical_id(name) if name in self.account.types else name
        value = self.account.parameters[name]
        is_list = TEMPLATE.parameters[name].definition["Type"] == "CommaDelimitedList"
        return [element.strip() for element in value.split(",")] if is_list else value

    def substitute(self, text: str, own: dict[str, str]) -> str:
        return re.sub(r"\$\{(\w+)\}", lambda found: str(own.get(found[1]) or self.reference(found[1])), text)

    def arn(self, name: str) -> str:
        if self.account.types[name] == "AWS::S3::Bucket":
            return f"arn:aws:s3:::{self.account.physical_id(name)}"
        return self.account.queue_arn(name) if self.account.types[name] == "AWS::SQS::Queue" else f"{name}.Arn"

    def holds(self, condition: Any) -> bool:
        match condition:
            case str():
                return self.holds(self.document["Conditions"][condition])
            case {"Condition": name}:
                return self.holds(name)
            case {"Fn::Equals": [first, second]}:
                # Of a number its text.
                return str(self.resolve(first)) == str(self.resolve(second))
            case {"Fn::Not": [inner]}:
                return not self.holds(inner)
            case {"Fn::And": inner}:
                return all(map(self.holds, inner))
            case {"Fn::Or": inner}:
                return any(map(self.holds, inner))
        raise ValueError(f"no condition: {condition}")


def shaped(value: Any, shape: Shape) -> Any:
    """A value of the template with the type that the service gives it."""
    if isinstance(shape, StructureShape):
        return {name: shaped(member, shape.members[name]) for name, member in value.items()}
    if shape.type_name == "list":
        return [shaped(element, shape.member) for element in value]
    if shape.type_name == "boolean":
        return value if isinstance(value, bool) else value == "true"
    return int(value) if shape.type_name in ("integer", "long") else str(value)
