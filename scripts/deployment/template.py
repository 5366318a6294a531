"""cloudformation.yaml as far as a deployment has to know it before it changes anything."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Any

import yaml

# Of a Pipe: the service's own limit, which a test compares with its model.
MAXIMUM_FILTERS = 5


class _Loader(yaml.SafeLoader):
    """Reads short forms as long ones, `!Ref X` as {"Ref": X}, so that the document is a JSON template too."""


def _function(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _function)


@dataclass(frozen=True)
class Parameter:
    """A parameter of the template with what it accepts."""

    name: str
    definition: dict[str, Any]

    @property
    def default(self) -> str | None:
        value = self.definition.get("Default")
        return None if value is None else str(value)

    def problem(self, value: str) -> str | None:
        """What is wrong with a value by the template's own constraints."""
        allowed = [str(item) for item in self.definition.get("AllowedValues", [])]
        if allowed and value not in allowed:
            return f"{self.name}: {value!r} is not one of {', '.join(allowed)}"
        if self.definition["Type"] == "Number":
            return self._number_problem(value)
        pattern = self.definition.get("AllowedPattern")
        elements = self.elements(value)
        if pattern and not all(re.fullmatch(pattern, element, re.ASCII) for element in elements):
            rule = self.definition.get("ConstraintDescription", f"must match {pattern}")
            return f"{self.name}: {value!r} {rule}"
        return None

    def elements(self, value: str) -> list[str]:
        """The value of a list in parts, which CloudFormation trims; any other value alone."""
        is_list = self.definition["Type"] == "CommaDelimitedList"
        return [item.strip() for item in value.split(",")] if is_list else [value]

    def _number_problem(self, value: str) -> str | None:
        # The template's conditions compare texts: 00 would be no 0.
        if not re.fullmatch(r"0|[1-9][0-9]*", value, re.ASCII):
            return f"{self.name}: {value!r} is not a whole number without sign and leading zeros"
        least, most = self.definition.get("MinValue"), self.definition.get("MaxValue")
        if (least is not None and int(value) < least) or (most is not None and int(value) > most):
            return f"{self.name}: {value} is not between {least} and {most}"
        return None


@dataclass(frozen=True)
class Template:
    """The document with its functions unevaluated."""

    document: dict[str, Any]

    @classmethod
    def parse(cls, text: str) -> Template:
        return cls(yaml.load(text, _Loader))

    @property
    def parameters(self) -> dict[str, Parameter]:
        return {name: Parameter(name, value) for name, value in self.document.get("Parameters", {}).items()}

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        return self.document["Resources"]

    def setting(self, resource: str, *path: str) -> Any:
        """A property of a resource that the checks rely on; a KeyError says that the template has changed."""
        value: Any = self.resources[resource]["Properties"]
        for name in path:
            value = value[name]
        return value

    @property
    def retained(self) -> set[str]:
        """Logical ids of what a deletion of the stack leaves in the account."""
        policies = {"Retain", "RetainExceptOnCreate"}
        return {name for name, value in self.resources.items() if value.get("DeletionPolicy") in policies}

    @property
    def _filters(self) -> dict[str, list[Any]]:
        """Filters by Pipe; without any a Pipe lets everything through."""
        return {
            name: (value["Properties"]["SourceParameters"].get("FilterCriteria") or {}).get("Filters", [])
            for name, value in self.resources.items()
            if value["Type"] == "AWS::Pipes::Pipe"
        }

    def with_filters_beside(self, other: Template) -> tuple[Template, list[str]] | None:
        """This template, whose Pipes let through what the other's do as well; None where they do already.

        Beside it the Pipes that would have more than MAXIMUM_FILTERS, and get the other's alone.
        """
        document = copy.deepcopy(self.document)
        is_wider, crowded = False, []
        for name, theirs in other._filters.items():
            own = self._filters.get(name, [])
            both = own + [item for item in theirs if item not in own] if own and theirs else []
            if both == own:
                continue
            is_wider = True
            if len(both) > MAXIMUM_FILTERS:
                both = theirs
                crowded.append(name)
            document["Resources"][name]["Properties"]["SourceParameters"]["FilterCriteria"] = {"Filters": both}
        if not is_wider:
            return None
        # The filters may name a parameter that is newer than this template.
        document["Parameters"] = other.document.get("Parameters", {}) | document.get("Parameters", {})
        return Template(document), crowded

    def patterns(self, values: dict[str, str]) -> dict[str, list[str]]:
        """The filter patterns by Pipe, as CloudFormation makes them of these parameters."""
        return {
            name: [str(self._evaluated(item["Pattern"], values)) for item in filters]
            for name, filters in self._filters.items()
        }

    def _evaluated(self, value: Any, values: dict[str, Any]) -> Any:
        """A value in which Fn::Sub and Fn::Join of a list name parameters."""
        match value:
            case {"Fn::Join": [separator, {"Ref": name}]}:
                return separator.join(self.parameters[name].elements(values[name]))
            case {"Fn::Sub": [text, own]}:
                more = {name: self._evaluated(item, values) for name, item in own.items()}
                return self._evaluated({"Fn::Sub": text}, values | more)
            case {"Fn::Sub": text}:
                return re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], text)
        return value

    @property
    def code_files(self) -> list[str]:
        """Zips of the functions, as long as the template is not packaged."""
        functions = [value for value in self.resources.values() if value["Type"] == "AWS::Lambda::Function"]
        return [value["Properties"]["Code"] for value in functions]

    @property
    def uploads(self) -> set[tuple[str, str]]:
        """Buckets and folders from which a packaged template takes its functions."""
        codes = [value["Properties"].get("Code") for value in self.resources.values() if "Properties" in value]
        return {
            (code["S3Bucket"], code["S3Key"].rpartition("/")[0])
            for code in codes
            if isinstance(code, dict) and "S3Bucket" in code
        }
