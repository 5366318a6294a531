#!/usr/bin/env python3
"""Prints the template's Pipes' patterns with the parameters' defaults, one a line, a blank line behind each Pipe."""

import json
import re
import sys

from cfnlint.decode import cfn_yaml

template = cfn_yaml.load(sys.argv[1])
defaults = {name: parameter.get("Default", "") for name, parameter in template["Parameters"].items()}


def resolve(value):
    """The text of a pattern: plain, or !Sub with variables that are joined lists."""
    if isinstance(value, str):
        return value
    text, variables = value["Fn::Sub"] if isinstance(value["Fn::Sub"], list) else (value["Fn::Sub"], {})
    joined = {name: value["Fn::Join"] for name, value in variables.items()}
    lists = {name: join[0].join(defaults[join[1]["Ref"]].split(",")) for name, join in joined.items()}
    known = {**defaults, **lists}
    return re.sub(r"\$\{(\w+)\}", lambda match: str(known[match[1]]), text)


for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Pipes::Pipe":
        for item in resource["Properties"]["SourceParameters"]["FilterCriteria"]["Filters"]:
            print(json.dumps(json.loads(resolve(item["Pattern"])), separators=(",", ":")))
        print()
