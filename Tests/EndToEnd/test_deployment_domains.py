"""What scripts/deploy knows of TestEmailDomains, of which filters and functions take only so much."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest

from pipeline.stack import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from deployment import checks
from deployment.checks import Surroundings
from deployment.findings import Findings
from deployment.template import Template

TEMPLATE = Template.parse((ROOT / "cloudformation.yaml").read_text())
DEFAULTS = checks.effective_values({}, {}, TEMPLATE)
HERE = Surroundings(region="eu-west-1", bucket="b", bucket_region="eu-west-1")


def findings(domains: str) -> Findings:
    return checks.check(TEMPLATE, DEFAULTS | {"TestEmailDomains": domains}, {}, HERE)


@pytest.mark.parametrize("domains", ["a..b", ".a", "a.", "a,b..c", "-a.com", "a-.com", "A.com"])
def test_a_domain_with_an_empty_label_or_in_capitals_is_refused(domains: str) -> None:
    assert "TestEmailDomains" in checks.bad_values({"TestEmailDomains": domains}, TEMPLATE)[0]


def test_a_list_of_domains_is_refused_when_a_pipes_filter_would_be_too_long() -> None:
    model = botocore.session.get_session().get_service_model("pipes")
    assert model.shape_for("Filter").members["Pattern"].metadata["max"] == checks.MAXIMUM_PATTERN_CHARACTERS
    # The premium Pipe's pattern is the longer one.
    room = checks.MAXIMUM_PATTERN_CHARACTERS - max(map(len, TEMPLATE.patterns(DEFAULTS)["PremiumOrdersPipe"]))
    # Each further domain costs its name, two quotation marks and a comma: of short ones the pattern takes the fewer.
    many = ["test.com", *("b.com" for _ in range((room - 3) // 8 - 1))]
    last = (room - 8 * (len(many) - 1) - 3) * "a"
    assert findings(",".join([*many, last])) == Findings()
    assert findings(", ".join([*many, last])) == Findings()
    [refusal] = findings(",".join([*many, f"{last}a"])).refusals
    assert "too long by 1 characters" in refusal and "PremiumOrdersPipe" in refusal


def longest(name: str, value: Any, partition: str, suffix: str, region: str) -> str:
    """What a variable of a processor may hold at most in that region; of the list of domains nothing."""
    # Of a stack whose name is as long as scripts/deploy lets it be, with the longest ending that CloudFormation gives.
    stack, account, ending = 40 * "s", 12 * "1", 13 * "E"
    match value:
        case str():
            return value
        case {"Fn::Join": [",", {"Ref": "TestEmailDomains"}]}:
            return ""
        case {"Ref": "AWS::StackName"}:
            return stack
        case {"Ref": "NormalMinimumAmount" | "PremiumMinimumAmount" as parameter}:
            amount = f"{18 * '9'}.{9 * '9'}"
            assert TEMPLATE.parameters[parameter].problem(amount) is None
            assert TEMPLATE.parameters[parameter].problem(f"9{amount}") is not None
            return amount
        case {"Ref": parameter} if parameter in TEMPLATE.parameters:
            return max(TEMPLATE.parameters[parameter].definition["AllowedValues"], key=len)
        case {"Ref": resource}:
            kind = TEMPLATE.resources[resource]["Type"]
            return {
                "AWS::S3::Bucket": 63 * "b",
                "AWS::SNS::Topic": f"arn:{partition}:sns:{region}:{account}:{stack}-{resource}-{ending}",
                "AWS::SQS::Queue": f"https://sqs.{region}.{suffix}/{account}/{stack}-{resource}-{ending}",
            }[kind]
    raise AssertionError(f"{name}: nobody has said how long it may be")


def test_a_list_of_domains_is_refused_when_a_processors_variables_would_be_more_than_lambda_takes() -> None:
    partitions = json.loads((Path(botocore.__file__).parent / "data/partitions.json").read_text())["partitions"]
    places = [
        (partition["id"], partition["outputs"]["dnsSuffix"], region)
        for partition in partitions
        for region in partition["regions"]
        if not region.endswith("-global")
    ]
    processors = ("NormalOrdersProcessor", "PremiumOrdersProcessor")
    texts = [
        json.dumps({key: longest(key, value, *place) for key, value in variables.items()}, separators=(",", ":"))
        for variables in (TEMPLATE.setting(name, "Environment", "Variables") for name in processors)
        for place in places
    ]
    limit = 4_096 - max(map(len, texts))
    assert limit == checks.MAXIMUM_DOMAINS_CHARACTERS
    assert findings(limit * "a") == Findings()
    # Blanks around a domain are not of it.
    assert findings(f"a, {(limit - 2) * 'a'}") == Findings()
    for domains in ((limit + 1) * "a", f"a,{(limit - 1) * 'a'}"):
        [refusal] = findings(domains).refusals
        assert f"too long by 1 characters: it has {limit + 1}, and {limit} are left" in refusal


def test_the_patterns_are_what_cloudformation_makes_of_the_template() -> None:
    values = DEFAULTS | {"TestEmailDomains": "test.com, example.org", "NormalMinimumAmount": "50"}
    first = json.loads(TEMPLATE.patterns(values)["NormalOrdersPipe"][0])["dynamodb"]["NewImage"]
    assert first["amountBand"]["S"] == [{"anything-but": ["LE50"]}]
    assert first["emailDomain"]["S"] == [{"exists": False}, {"anything-but": ["test.com", "example.org"]}]
