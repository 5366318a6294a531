"""The folders of Sources/Functions are the list of functions: manifest and template have the same."""

from __future__ import annotations

import re
import sys

import pytest

from pipeline.stack import FUNCTIONS, ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from deployment.template import Template

TEMPLATE = Template.parse((ROOT / "cloudformation.yaml").read_text())


def test_the_manifest_names_every_folder_of_a_function() -> None:
    manifest = (ROOT / "Package.swift").read_text()
    listed = re.search(r"^let functions = \[\n(.*?)^\]", manifest, re.DOTALL | re.MULTILINE)
    assert listed
    assert re.findall(r'"(\w+)"', listed[1]) == list(FUNCTIONS)


def test_the_template_has_these_functions_and_no_other() -> None:
    types = {name for name, value in TEMPLATE.resources.items() if value["Type"] == "AWS::Lambda::Function"}
    assert types == set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_all_that_operators_rely_on(function: str) -> None:
    """Its own zip, log group and role, alarms for errors and throttles, and an output with its name."""
    resources = TEMPLATE.resources
    properties = resources[function]["Properties"]
    assert properties["Code"] == f"dist/{function}.zip"
    assert properties["FunctionName"] == {"Fn::Sub": f"${{AWS::StackName}}-{function}"}
    assert properties["Role"] == {"Fn::GetAtt": [f"{function}Role", "Arn"]}
    assert properties["LoggingConfig"]["LogGroup"] == {"Ref": f"{function}LogGroup"}
    assert [policy["PolicyName"] for policy in resources[f"{function}Role"]["Properties"]["Policies"]] == [function]
    for metric in ("Errors", "Throttles"):
        alarm = resources[f"{function}{metric}Alarm"]["Properties"]
        assert alarm["MetricName"] == metric
        assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": function}}]
    assert TEMPLATE.document["Outputs"][f"{function}Name"]["Value"] == {"Ref": function}
