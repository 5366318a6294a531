"""The Pipes' filters while one version takes another's place: what a Pipe does not let through is skipped for good."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from pipeline.stack import ROOT
from updates import BUCKET, MODIFIED, UpdatedStack

sys.path.insert(0, str(ROOT / "scripts"))
from deployment import checks
from deployment.deploy import Deployment, Request
from deployment.errors import DeploymentError
from deployment.template import MAXIMUM_FILTERS, Template

TEXT = (ROOT / "cloudformation.yaml").read_text()
NEWER = Template.parse(TEXT)
# As a version may have it that knew fewer amount bands.
OLDER = Template.parse(
    TEXT.replace('{"anything-but":["LE${NormalMinimumAmount}","normal-LE${PremiumMinimumAmount}"]}', '"GT1000"')
)
VALUES = checks.effective_values({}, {}, NEWER)
BOTH = pytest.mark.parametrize(
    ("deployed", "wanted"), [(OLDER, NEWER), (NEWER, OLDER)], ids=["an upgrade", "the way back"]
)


def filtered(*numbers: int) -> Template:
    """A template with one Pipe of such filters."""
    filters = [{"Pattern": f'{{"eventName":["{number}"]}}'} for number in numbers]
    criteria = {"FilterCriteria": {"Filters": filters}} if filters else {}
    return Template({"Resources": {"P": {"Type": "AWS::Pipes::Pipe", "Properties": {"SourceParameters": criteria}}}})


@BOTH
def test_what_either_version_lets_through_passes_beside_each_other(deployed: Template, wanted: Template) -> None:
    wide, crowded = deployed.with_filters_beside(wanted)
    assert crowded == []
    for pipe, patterns in wide.patterns(VALUES).items():
        assert set(patterns) == {*deployed.patterns(VALUES)[pipe], *wanted.patterns(VALUES)[pipe]}
        assert len(patterns) == len(set(patterns)) <= MAXIMUM_FILTERS
    # Nothing but the filters is another, and once they are there nothing is left to do.
    for pipe in deployed.patterns(VALUES):
        source = wide.resources[pipe]["Properties"]["SourceParameters"]
        source["FilterCriteria"] = deployed.resources[pipe]["Properties"]["SourceParameters"]["FilterCriteria"]
    assert wide.document == deployed.document
    # As JSON it is the same template: no short form is left.
    assert json.loads(json.dumps(wide.document)) == wide.document


def test_a_parameter_that_only_the_other_versions_filters_name_comes_with_them() -> None:
    older = Template.parse(TEXT.replace("LE${NormalMinimumAmount}", "LE100"))
    for name in ("TestEmailDomains", "NormalMinimumAmount"):
        del older.document["Parameters"][name]
    wide, _ = older.with_filters_beside(NEWER)
    assert wide.parameters.keys() == NEWER.parameters.keys()


@pytest.mark.parametrize(
    ("deployed", "wanted", "expected"),
    [
        ((1, 2), (1, 2), None),
        ((1, 2), (2, 1), None),
        ((1, 2), (2,), None),
        ((1,), (2, 1), (1, 2)),
        ((1, 2, 3), (4, 5), (1, 2, 3, 4, 5)),
        # More than a Pipe takes.
        ((1, 2, 3), (3, 4, 5, 6), (3, 4, 5, 6)),
        # Without a filter a Pipe lets everything through, whatever others it would have beside that.
        ((), (1,), None),
        ((1,), (), ()),
        ((), (), None),
    ],
)
def test_a_pipe_gets_what_it_has_and_what_it_will_have(
    deployed: tuple[int, ...], wanted: tuple[int, ...], expected: tuple[int, ...] | None
) -> None:
    found = filtered(*deployed).with_filters_beside(filtered(*wanted))
    if expected is None:
        assert found is None
        return
    wide, crowded = found
    assert wide.patterns({}) == filtered(*expected).patterns({})
    assert crowded == (["P"] if len({*deployed, *wanted}) > MAXIMUM_FILTERS else [])


def test_a_pipe_of_one_version_only_has_no_filters_to_be_beside() -> None:
    none = Template({"Resources": {}})
    assert filtered(1).with_filters_beside(none) is None
    assert none.with_filters_beside(filtered(1)) is None


def test_a_pipe_takes_as_many_filters_as_the_service_says() -> None:
    model = botocore.session.get_session().get_service_model("pipes")
    assert model.shape_for("FilterList").metadata["max"] == MAXIMUM_FILTERS


# --- In which order -------------------------------------------------------------------------------------------------


def widen(stack: UpdatedStack, wanted: Template, folder: Path) -> None:
    packaged = folder / "packaged.yaml"
    packaged.write_text(json.dumps(wanted.document))
    session: Any = stack
    request = Request(stack="orders", bucket=BUCKET, parameters={}, scratch=folder)
    Deployment(session, request, wanted)._widen_filters(packaged, {})


@BOTH
def test_the_pipes_let_both_through_before_anything_else_is_updated(
    deployed: Template, wanted: Template, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = UpdatedStack(deployed)
    widen(stack, wanted, tmp_path)
    [looked_at, updated] = stack.done
    assert looked_at == ("removed", wanted)
    assert updated == ("executed", deployed.with_filters_beside(wanted)[0])
    assert "Updating the Pipes' filters of orders" in capsys.readouterr().err
    # A deployment that was interrupted goes on from there.
    widen(stack, wanted, tmp_path)
    assert stack.done == [looked_at, updated]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (MODIFIED | {"Replacement": "True"}, "stream OrderStream (AWS::Kinesis::Stream) IS REPLACED"),
        (
            {"Action": "Remove", "LogicalResourceId": "OrderQueue", "ResourceType": "AWS::SQS::Queue"},
            "queue OrderQueue (AWS::SQS::Queue) IS DELETED",
        ),
    ],
)
def test_what_would_lose_data_is_refused_before_the_pipes_are_touched(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    stack = UpdatedStack(NEWER)
    stack.changes = [change]
    with pytest.raises(DeploymentError) as refusal:
        widen(stack, OLDER, tmp_path)
    assert said in str(refusal.value)
    assert stack.done == [("removed", OLDER)]


def test_an_update_that_would_change_nothing_else_leaves_the_pipes_alone(tmp_path: Path) -> None:
    stack = UpdatedStack(NEWER)
    stack.changes = []
    widen(stack, OLDER, tmp_path)
    assert [what for what, _ in stack.done] == ["removed"]
    assert stack.deployed is NEWER


def test_a_pipe_that_cannot_have_the_filters_of_both_is_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = UpdatedStack(filtered(1, 2, 3))
    stack.changes = [{"Action": "Modify", "LogicalResourceId": "P", "ResourceType": "AWS::Pipes::Pipe"}]
    widen(stack, filtered(4, 5, 6), tmp_path)
    assert stack.deployed.patterns({}) == filtered(4, 5, 6).patterns({})
    said = capsys.readouterr().err
    assert "Warning: with the filters of both versions P would have more than the 5 that AWS takes" in said
    assert "stop the producers meanwhile" in said
