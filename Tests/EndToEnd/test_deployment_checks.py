"""What scripts/deploy knows before it changes anything, and what the template promises it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from cfnlint.helpers import REGIONS
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from pipeline.stack import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from deployment import checks
from deployment.checks import Surroundings
from deployment.findings import Findings
from deployment.template import Template

TEXT = (ROOT / "cloudformation.yaml").read_text()
TEMPLATE = Template.parse(TEXT)
DEFAULTS = checks.effective_values({}, {}, TEMPLATE)
HERE = Surroundings(region="eu-west-1", bucket="b", bucket_region="eu-west-1")


def findings(
    given: dict[str, str] | None = None, previous: dict[str, str] | None = None, surroundings: Surroundings = HERE
) -> Findings:
    values = checks.effective_values(given or {}, previous or {}, TEMPLATE)
    return checks.check(TEMPLATE, values, previous or {}, surroundings)


def test_the_defaults_are_fine_and_nothing_is_said() -> None:
    assert findings() == Findings()
    assert checks.bad_values(DEFAULTS, TEMPLATE) == []


@pytest.mark.parametrize(
    ("given", "previous", "is_refused"),
    [
        ({"PremiumMinimumAmount": "100"}, {}, True),
        ({"PremiumMinimumAmount": "100.000000001"}, {}, False),
        ({"NormalMinimumAmount": "1000"}, {}, True),
        ({"NormalMinimumAmount": "999.999999999"}, {}, False),
        # Only what is given changes, whatever the defaults are.
        ({"NormalMinimumAmount": "500"}, {"NormalMinimumAmount": "50", "PremiumMinimumAmount": "500"}, True),
        ({"PremiumMinimumAmount": "600"}, {"NormalMinimumAmount": "500", "PremiumMinimumAmount": "700"}, False),
        # A double does not tell these two apart.
        (
            {"NormalMinimumAmount": "999999999999999999", "PremiumMinimumAmount": "999999999999999999.000000001"},
            {},
            False,
        ),
        (
            {"NormalMinimumAmount": "999999999999999999.000000001", "PremiumMinimumAmount": "999999999999999999"},
            {},
            True,
        ),
    ],
)
def test_the_premium_threshold_is_above_the_normal_one(
    given: dict[str, str], previous: dict[str, str], is_refused: bool
) -> None:
    found = findings(given, previous)
    assert bool(found.refusals) is is_refused
    assert all("PremiumMinimumAmount" in text and "give both" in text for text in found.refusals)


@pytest.mark.parametrize(
    ("window", "seconds", "refused", "warned"),
    [
        (0, 9, True, False), (0, 10, False, True), (0, 59, False, True), (0, 60, False, False),
        (1, 10, True, False), (1, 11, False, True), (1, 60, False, True), (1, 61, False, False),
        (240, 70, True, False), (240, 249, True, False), (240, 250, False, True), (240, 300, False, False),
    ],
)  # fmt: skip
def test_a_message_stays_hidden_while_others_are_gathered_and_its_function_works(
    window: int, seconds: int, refused: bool, warned: bool
) -> None:
    assert TEMPLATE.setting("OrderWriter", "Timeout") == 10
    found = findings({"OrderQueueVisibilityTimeout": str(seconds), "OrderQueueWindowSeconds": str(window)})
    assert (bool(found.refusals), bool(found.warnings)) == (refused, warned)
    assert all(f"Set at least {10 + window}, better {60 + window}" in text for text in found.refusals)


def test_a_value_of_an_older_template_is_refused_before_cloudformation_does() -> None:
    previous = {"OrderQueueWindowSeconds": "300", "OrderQueueVisibilityTimeout": "400", "AnalyticsWindowSeconds": "1"}
    [refusal] = findings({}, previous).refusals
    assert refusal.startswith("OrderQueueWindowSeconds: 300 is not between 0 and 240, but the stack has it")
    assert findings({"OrderQueueWindowSeconds": "240"}, previous) == Findings()


OPEN = {"ApiWithoutAuthorization": "anybody-on-the-internet-may-post-orders"}
ISSUER = {"ApiJwtIssuer": "https://login.example"}
TOKENS = ISSUER | {"ApiJwtAudience": "orders"}


@pytest.mark.parametrize(
    ("given", "refused", "warned"),
    [
        ({}, None, None),
        (ISSUER, "ApiJwtAudience is needed", None),
        (TOKENS, None, None),
        (TOKENS | {"ApiJwtScopes": "orders/post"}, None, None),
        ({"ApiJwtScopes": "orders/post"}, "ApiJwtScopes are of tokens", None),
        (TOKENS | {"ApiJwtScopes": "a,,b"}, "an empty scope", None),
        (TOKENS | {"ApiJwtAudience": "a,"}, "an empty audience", None),
        # The template would take this list for empty, and let no page in.
        ({"ApiCorsOrigins": ",https://shop.example"}, "an empty origin", None),
        # CloudFormation trims the members.
        ({"ApiCorsOrigins": "https://shop.example, "}, "an empty origin", None),
        ({"ApiCorsOrigins": "https://shop.example"}, None, None),
        (TOKENS | {"ApiJwtScopes": ",".join("abcdefghij")}, None, None),
        (TOKENS | {"ApiJwtScopes": ",".join("abcdefghijk")}, "11 scopes", None),
        (OPEN, None, "ANYBODY ON THE INTERNET MAY POST ORDERS"),
        (TOKENS | OPEN, None, "changes nothing"),
    ],
)
def test_an_api_is_open_only_where_it_is_said_loudly(
    given: dict[str, str], refused: str | None, warned: str | None
) -> None:
    found = findings(given)
    assert [refused in text for text in found.refusals] == ([True] if refused else [])
    assert [warned in text for text in found.warnings] == ([True] if warned else [])


def test_scopes_that_a_route_may_keep_are_told() -> None:
    scopes = {"ApiJwtScopes": "orders/post"}
    found = findings(TOKENS | {"ApiJwtScopes": ""}, TOKENS | scopes)
    assert [text for text in found.warnings if "(orders/post)" in text] == found.warnings != []
    assert findings(TOKENS | scopes, TOKENS | {"ApiJwtScopes": ""}) == Findings()


@pytest.mark.parametrize(
    ("given", "previous", "words"),
    [
        ({"ApiCorsOrigins": ""}, {"ApiCorsOrigins": "https://shop.example"}, "pages of https://shop.example let in"),
        ({"ApiJwtIssuer": "", "ApiJwtAudience": ""}, TOKENS, "the authorizer of https://login.example"),
        # Of a route that asks nobody CloudFormation takes the authorizer.
        ({"ApiJwtIssuer": ""} | OPEN, TOKENS, None),
        (TOKENS, TOKENS, None),
    ],
)
def test_what_cloudformation_may_leave_to_callers_is_told(
    given: dict[str, str], previous: dict[str, str], words: str | None
) -> None:
    told = [
        text for text in findings(given, previous | {"AnalyticsWindowSeconds": "1"}).warnings if "may leave" in text
    ]
    assert [words in text for text in told] == ([True] if words else [])


@pytest.mark.parametrize("value", ["yes", "true", "anybody", ""])
def test_no_other_word_opens_the_api(value: str) -> None:
    assert checks.bad_values({"ApiWithoutAuthorization": value}, TEMPLATE)


@pytest.mark.parametrize(
    ("name", "value", "is_right"),
    [
        ("ApiJwtIssuer", "http://login.example", False),
        ("ApiJwtIssuer", "https://login.example/pool", True),
        ("ApiJwtAudience", "orders,reports", True),
        ("ApiJwtScopes", "orders/post,https://shop.example/orders", True),
        ("ApiJwtScopes", "orders/post orders/read", False),
        ("ApiJwtScopes", "orders/post," + "a" * 64, True),
        ("ApiJwtScopes", "orders/post," + "a" * 65, False),
        ("ApiCorsOrigins", "https://shop.example,http://localhost:8080", True),
        ("ApiCorsOrigins", "*", False),
        ("ApiCorsOrigins", "https://*", False),
        ("ApiCorsOrigins", "http://*", False),
        ("ApiCorsOrigins", "https://*.shop.example", False),
        ("ApiCorsOrigins", "https://shop.example,https://*", False),
        ("ApiCorsOrigins", "https://shop.example/", False),
    ],
)
def test_callers_are_named_as_api_gateway_compares_them(name: str, value: str, is_right: bool) -> None:
    assert (not checks.bad_values({name: value}, TEMPLATE)) is is_right


@pytest.mark.parametrize(
    ("open_shards", "wanted", "step"),
    [
        (None, 500, None), (4, 0, None), (4, 2, None), (4, 8, None), (4, 9, 8), (4, 1, 2), (5, 3, None), (5, 2, 3),
        (1, 1, None), (1, 2, None), (1, 3, 2), (200, 500, 400),
    ],
)  # fmt: skip
def test_shards_are_halved_or_doubled_at_most(open_shards: int | None, wanted: int, step: int | None) -> None:
    surroundings = Surroundings(region="eu-west-1", bucket="b", open_shards=open_shards)
    found = findings({"StreamShards": str(wanted)}, surroundings=surroundings)
    assert [f"StreamShards={step} first" in text for text in found.refusals] == ([True] if step else [])


@pytest.mark.parametrize(
    ("before", "after", "is_warned"),
    [(None, "2", False), ("0", "2", True), ("4", "0", True), ("0", "0", False), ("2", "4", False)],
)
def test_a_switch_of_the_streams_mode_is_warned_of(before: str | None, after: str, is_warned: bool) -> None:
    previous = {} if before is None else {"StreamShards": before, "AnalyticsWindowSeconds": "1"}
    found = findings({"StreamShards": after}, previous)
    assert ["which AWS allows twice in 24 hours" in text for text in found.warnings] == [True] * is_warned
    assert found.refusals == []


@pytest.mark.parametrize(
    ("before", "after", "waiting", "is_refused"),
    [
        ("7", "1", ("OrderStream holds records in 1 shard(s) that are not archived yet",), True),
        ("7", "1", (), False),
        ("1", "7", ("records",), False),
        ("7", "7", ("records",), False),
    ],
)
def test_a_shorter_retention_is_refused_while_records_wait(
    before: str, after: str, waiting: tuple[str, ...], is_refused: bool
) -> None:
    surroundings = Surroundings("eu-west-1", "b", waiting=waiting)
    found = findings(
        {"StreamRetentionDays": after},
        {"StreamRetentionDays": before, "AnalyticsWindowSeconds": "1"},
        surroundings=surroundings,
    )
    assert ["forgets what is older at once: OrderStream holds" in text for text in found.refusals] == [
        True
    ] * is_refused


def test_a_shorter_retention_is_refused_with_what_to_do_where_nobody_knows_whether_records_wait() -> None:
    surroundings = Surroundings("eu-west-1", "b", unread="the end of 1 shard(s) was not reached")
    previous = {"StreamRetentionDays": "7", "AnalyticsWindowSeconds": "1"}
    (refusal,) = findings({"StreamRetentionDays": "1"}, previous, surroundings=surroundings).refusals
    assert refusal.endswith("forgets what is older at once: the end of 1 shard(s) was not reached")
    assert findings({}, previous, surroundings=surroundings).refusals == []


def test_a_new_stack_shortens_no_retention() -> None:
    assert not checks.shortens_retention(DEFAULTS, {})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["--delete", "--yes", "--dry-run"],
            "--dry-run is of a deployment: --delete without --yes shows what would be",
        ),
        (["--delete", "--parameter", "StreamShards=2"], "--parameter is of a deployment"),
        (["--bucket", "b", "--yes"], "--yes goes with --delete"),
    ],
)
def test_an_option_that_would_change_nothing_is_refused(options: list[str], words: str) -> None:
    found = subprocess.run(
        [ROOT / "scripts/deploy", "--stack", "orders", *options], capture_output=True, text=True, check=False
    )
    assert found.returncode == 2
    assert words in found.stderr


def test_a_bucket_elsewhere_is_refused_with_what_to_do() -> None:
    found = findings(surroundings=Surroundings(region="eu-west-1", bucket="mine", bucket_region="us-east-1"))
    assert len(found.refusals) == 1
    assert "bucket mine is in us-east-1" in found.refusals[0]
    assert "aws s3 mb s3://NAME --region eu-west-1" in found.refusals[0]


@pytest.mark.parametrize(("has_pipes", "is_refused"), [(None, True), (False, True), (True, False)])
def test_a_region_without_pipes_is_refused_unless_cloudformation_has_them_there(
    has_pipes: bool | None, is_refused: bool
) -> None:
    found = findings(surroundings=Surroundings(region="ca-west-1", bucket="b", has_pipes=has_pipes))
    assert bool(found.refusals) is is_refused


def test_the_regions_without_pipes_are_those_of_the_resource_schemas() -> None:
    without = {
        region for region in REGIONS if "AWS::Pipes::Pipe" not in PROVIDER_SCHEMA_MANAGER.get_resource_types(region)
    }
    assert without == checks.REGIONS_WITHOUT_PIPES


@pytest.mark.parametrize(
    ("unreserved", "shards", "is_warned"),
    # The writer's 50, two functions for each shard (4 on demand), one for each of the two Pipes, 200 for the API.
    [(10, "0", True), (259, "0", True), (260, "0", False), (291, "20", True), (292, "20", False), (None, "0", False)],
)
def test_an_account_of_few_concurrent_invocations_is_warned_of(
    unreserved: int | None, shards: str, is_warned: bool
) -> None:
    surroundings = Surroundings("eu-west-1", "b", concurrency=1000, unreserved_concurrency=unreserved)
    found = findings({"StreamShards": shards}, surroundings=surroundings)
    assert (bool(found.warnings), found.refusals) == (is_warned, [])
    # The shell may have another region.
    assert all(text.endswith("--desired-value 1000 --region eu-west-1") for text in found.warnings)


@pytest.mark.parametrize(
    ("memory", "concurrency", "previous", "is_warned"),
    [
        ("3009", 10, {}, True),
        ("3009", 999, {}, True),
        ("3009", 1_000, {}, False),
        ("3009", None, {}, False),
        ("3008", 10, {}, False),
        ("3009", 10, {"FunctionMemorySize": "3008"}, True),
        # Lambda has taken it, whatever it gives to others.
        ("3009", 10, {"FunctionMemorySize": "3009"}, False),
    ],
)
def test_more_memory_than_a_new_account_may_have_is_warned_of(
    memory: str, concurrency: int | None, previous: dict[str, str], is_warned: bool
) -> None:
    surroundings = Surroundings("eu-west-1", "b", concurrency=concurrency)
    had = previous and previous | {"AnalyticsWindowSeconds": "1"}
    found = findings({"FunctionMemorySize": memory}, had, surroundings=surroundings)
    assert ["FunctionMemorySize (3009) is above 3008" in text for text in found.warnings] == [True] * is_warned
    assert found.refusals == []


@pytest.mark.parametrize(
    ("previous", "has_counted", "is_refused"),
    [
        ({"Deduplication": "event", "AggregateLanes": "1"}, True, True),
        # Nothing is counted, or nobody may look.
        ({"Deduplication": "event", "AggregateLanes": "1"}, False, False),
        ({"Deduplication": "event", "AggregateLanes": "1"}, None, False),
        ({"Deduplication": "event", "AnalyticsWindowSeconds": "1"}, True, False),
        ({}, None, False),
    ],
)
def test_a_stack_that_was_counted_in_the_form_before_is_refused(
    previous: dict[str, str], has_counted: bool | None, is_refused: bool
) -> None:
    surroundings = replace(HERE, has_counted=has_counted)
    refusals = findings({}, previous, surroundings).refusals
    assert bool(refusals) is is_refused
    assert all("deploy under another --stack" in text for text in refusals)


@pytest.mark.parametrize(("previous", "is_warned"), [({}, False), ({"Deduplication": "shard"}, True)])
def test_another_way_of_deduplication_is_warned_of(previous: dict[str, str], is_warned: bool) -> None:
    warnings = findings({"Deduplication": "event"}, previous).warnings
    assert bool(warnings) is is_warned
    # What a drained stream is, and how to see that it is one; and what an audit says afterwards.
    assert all("producers have stopped and scripts/orders doctor says" in text for text in warnings)
    assert all("scripts/orders audit and rebuild judge the past by it as well" in text for text in warnings)


@pytest.mark.parametrize(
    ("deduplication", "before", "is_warned"),
    [("event", "7", False), ("event", "1", True), ("event", "30", True), ("event", None, False), ("shard", "1", False)],
)
def test_another_life_of_claims_is_warned_of(deduplication: str, before: str | None, is_warned: bool) -> None:
    """By which an audit judges what came again before."""
    previous = {"Deduplication": deduplication} | ({"StreamRetentionDays": before} if before else {})
    found = findings({"Deduplication": deduplication, "StreamRetentionDays": "7"}, previous)
    words = f"StreamRetentionDays changes from {before} to 7, and with it for how long an event counts once: "
    assert [text.startswith(words) for text in found.warnings] == [True] * is_warned
    assert all("scripts/orders audit and rebuild judge the past by it as well" in text for text in found.warnings)


@pytest.mark.parametrize(
    ("previous", "is_warned"), [({}, True), ({"Deduplication": "event"}, True), ({"Deduplication": "shard"}, False)]
)
def test_who_chooses_positions_alone_is_told_who_repeats_orders(previous: dict[str, str], is_warned: bool) -> None:
    warnings = findings({"Deduplication": "shard"}, previous).warnings
    assert any("OrderIntake, an SDK or the Kinesis Producer Library" in text for text in warnings) is is_warned


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("NormalMinimunAmount", "did you mean NormalMinimumAmount?"),
        ("loglevel", "did you mean LogLevel?"),
        ("StreamShard", "did you mean StreamShards?"),
        ("RequireTls", "did you mean RequireTLS?"),
        ("Colour", "there are AlarmEmail, "),
    ],
)
def test_a_mistyped_parameter_is_answered_with_the_one_that_was_meant(name: str, suggestion: str) -> None:
    (text,) = checks.unknown_parameters({name: "1", "LogLevel": "INFO"}, TEMPLATE)
    assert text.startswith(f"there is no parameter {name}; {suggestion}")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("NormalMinimumAmount", ["0", "99.5", "100"], ["", "-1", "1e3", "99.50", "0100", "1234567890123456789"]),
        ("TestEmailDomains", ["test.com", "a.b,c.d", "a.b, c.d"], ["", "Test.com", "a@b", "a.b,,c.d", ".com"]),
        # 00 would be on demand to whom reads it as a number, and zero shards to the template.
        ("StreamShards", ["0", "10", "500"], ["-1", "501", "1.5", "many", "٣", "00", "-0", "07", "+1", " 1"]),
        ("ArchiveExpirationDays", ["0", "90"], ["00", "-0", "090"]),
        ("StreamRetentionDays", ["1", "365"], ["2", "0"]),
        ("LogLevel", ["INFO"], ["info", "LOUD"]),
        ("AlarmEmail", ["", "a@b.c"], ["a", "a@b", "a b@c.d"]),
        (
            "AlarmTopicArn",
            ["", "arn:aws:sns:eu-west-1:123456789012:a-b"],
            ["a", "arn:aws:sqs:eu-west-1:123456789012:q"],
        ),
        ("RequireTLS", ["true", "false"], ["True", "yes"]),
    ],
)
def test_values_are_checked_by_the_templates_own_constraints(name: str, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if checks.bad_values({name: value}, TEMPLATE)] == []
    assert [value for value in bad if not checks.bad_values({name: value}, TEMPLATE)] == []


@pytest.mark.parametrize(
    ("day", "is_refused"), [("2024-02-29", False), ("2025-02-29", True), ("2025-02-31", True), ("0000-01-01", True)]
)
def test_a_day_that_the_functions_would_not_start_with_is_refused(day: str, is_refused: bool) -> None:
    assert bool(checks.bad_values({"EarliestOrderDate": day}, TEMPLATE)) == is_refused
