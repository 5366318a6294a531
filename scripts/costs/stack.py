"""The template's resources as CloudFormation would make them of these parameters, as far as money depends on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deployment.template import Template


@dataclass(frozen=True)
class Stack:
    """A template and the value of each of its parameters."""

    template: Template
    values: dict[str, str]

    @classmethod
    def of(cls, template: Template, given: dict[str, str]) -> Stack:
        """Parameters that are not given have the template's defaults."""
        values = {name: parameter.default or "" for name, parameter in template.parameters.items()}
        return cls(template, values | {name: value for name, value in given.items() if name in values})

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Those of a type that are made, by their names in the template."""
        return {
            name: resource
            for name, resource in self.template.resources.items()
            if resource["Type"] == kind and ("Condition" not in resource or self._holds(resource["Condition"]))
        }

    def setting(self, resource: str, *path: str) -> Any:
        """A property with its functions evaluated."""
        return self._evaluated(self.template.setting(resource, *path))

    def _evaluated(self, value: Any) -> Any:
        match value:
            case {"Ref": "AWS::NoValue"}:
                return None
            case {"Ref": name} if name in self.values:
                return self.values[name]
            case {"Fn::If": [condition, then, otherwise]}:
                return self._evaluated(then if self._holds(condition) else otherwise)
            case {"Fn::FindInMap": [name, first, second]}:
                return self.template.document["Mappings"][name][self._evaluated(first)][self._evaluated(second)]
            case {"Fn::Join": [separator, {"Ref": name}]}:
                return separator.join(self.template.parameters[name].elements(self.values[name]))
        return value

    def _holds(self, condition: str) -> bool:
        return self._is_true(self.template.document["Conditions"][condition])

    def _is_true(self, expression: Any) -> bool:
        match expression:
            case {"Condition": name}:
                return self._holds(name)
            case {"Fn::Not": [inner]}:
                return not self._is_true(inner)
            case {"Fn::And": parts}:
                return all(self._is_true(part) for part in parts)
            case {"Fn::Or": parts}:
                return any(self._is_true(part) for part in parts)
            case {"Fn::Equals": [left, right]}:
                return str(self._evaluated(left)) == str(self._evaluated(right))
        raise ValueError(f"the cost model cannot evaluate {expression}")
