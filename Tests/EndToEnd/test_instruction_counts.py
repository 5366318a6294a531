"""What scripts/bench --check refuses and --update writes, and how the profile of the Go handlers is made."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.stack import ROOT

sys.path.insert(0, str(ROOT / "Benchmarks/Reports"))

import check
import go_profile
import services

HERE = {"swift": "6.3.1", "architecture": check.platform.machine()}


class Counting:
    """The check, with numbers that are given instead of counted."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.file = folder / "thresholds.json"
        monkeypatch.setattr(check, "THRESHOLDS", self.file)
        monkeypatch.setattr(check, "compiler", lambda: HERE["swift"])

    def commit(self, numbers: dict[str, int], **other: str) -> None:
        self.file.write_text(json.dumps({**HERE, **other, "instructions": numbers}))

    @property
    def committed(self) -> dict[str, Any]:
        return json.loads(self.file.read_text())

    def run(self, numbers: dict[str, int], *arguments: str) -> int:
        """The exit status."""
        self.monkeypatch.setattr(check, "CASES", {name: (number, b"") for name, number in numbers.items()})
        self.monkeypatch.setattr(check, "count", lambda _binaries, _work, number, _event: number)
        self.monkeypatch.setattr(sys, "argv", ["check.py", "--binaries", "b", "--work", "w", *arguments])
        with pytest.raises(SystemExit) as ended:
            check.main()
        assert isinstance(ended.value.code, int)
        return ended.value.code


@pytest.fixture
def counting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counting:
    return Counting(tmp_path, monkeypatch)


@pytest.mark.parametrize(("number", "status"), [(1_051, 1), (1_049, 0), (951, 0), (949, 1)])
def test_a_number_that_is_off_either_way_fails(counting: Counting, number: int, status: int) -> None:
    counting.commit({"a": 1_000})
    assert counting.run({"a": number}) == status


def test_other_cases_than_are_committed_fail(counting: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    counting.commit({"a": 1_000, "b": 1_000})
    assert counting.run({"a": 1_000}) == 1
    assert "FAILED b: committed, but no case of this check" in capsys.readouterr().out
    assert counting.run({"a": 1_000, "b": 1_000, "c": 1_000}) == 1
    # On every machine, since names do not depend on it.
    counting.commit({"a": 1_000, "b": 1_000}, swift="6.2")
    assert counting.run({"a": 1_000}) == 1


def test_numbers_of_another_compiler_are_only_shown(counting: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    counting.commit({"a": 1_000}, swift="6.2")
    assert counting.run({"a": 2_000}) == 0
    assert "Only shown" in capsys.readouterr().out


def test_an_update_writes_what_is_off_and_leaves_a_small_rise(
    counting: Counting, capsys: pytest.CaptureFixture[str]
) -> None:
    counting.commit({"rise": 1_000, "gain": 1_000, "small": 1_000, "gone": 1_000})
    assert counting.run({"rise": 1_100, "gain": 800, "small": 1_049, "new": 7}, "--update") == 0
    assert counting.committed == {**HERE, "instructions": {"rise": 1_100, "gain": 800, "small": 1_000, "new": 7}}
    output = capsys.readouterr().out
    assert "RISE   rise: 1,000 to 1,100 instructions (+10.00%)" in output
    assert "gain   gain: 1,000 to 800 instructions (-20.00%)" in output
    assert "new    new: 7 instructions" in output
    assert "gone   gone" in output
    assert "small: 1,000 to" not in output


def test_a_case_that_is_named_is_updated_however_little_it_is_off(
    counting: Counting, capsys: pytest.CaptureFixture[str]
) -> None:
    counting.commit({"a": 1_000, "b": 1_000})
    assert counting.run({"a": 1_001, "b": 1_001}, "--update", "b") == 0
    assert counting.committed["instructions"] == {"a": 1_000, "b": 1_001}
    assert "RISE   b: 1,000 to 1,001" in capsys.readouterr().out
    assert counting.run({"a": 1_001, "b": 1_001}, "--update", "c") == 2
    assert "there is no case 'c'" in capsys.readouterr().err


def test_an_update_by_another_compiler_writes_all(counting: Counting) -> None:
    counting.commit({"a": 1_000, "b": 1_000}, swift="6.2")
    assert counting.run({"a": 1_001, "b": 2_000}, "--update") == 0
    assert counting.committed == {**HERE, "instructions": {"a": 1_001, "b": 2_000}}


def test_what_is_committed_is_what_is_counted() -> None:
    assert list(json.loads(check.THRESHOLDS.read_text())["instructions"]) == list(check.CASES)


def text_field(text: bytes) -> bytes:
    """An entry of a profile's table of texts, up to 127 bytes long."""
    return bytes((go_profile.STRING_TABLE, len(text))) + text


# A period of 10,000,000, which takes four bytes, and a mapping of two.
OTHER_FIELDS = b"\x60\x80\xad\xe2\x04" + b"\x1a\x02\x08\x01"


def test_a_profile_names_programs_and_not_where_they_lay() -> None:
    texts = [b"", b"/bench/go/profiled/writer", b"main.handle", b"/bench/go/profiled-not/writer"]
    profile = gzip.compress(OTHER_FIELDS + b"".join(map(text_field, texts)))
    trimmed = go_profile.trimmed(profile, Path("/bench/go/profiled"))
    assert gzip.decompress(trimmed) == OTHER_FIELDS + b"".join(map(text_field, [b"", b"writer", *texts[2:]]))
    with pytest.raises(ValueError, match="wire type 1"):
        go_profile.trimmed(gzip.compress(b"\x09" + bytes(8)), Path("/bench"))


def test_the_committed_profile_has_no_path_of_a_machine() -> None:
    profile = gzip.decompress((ROOT / "Benchmarks/Go/default.pgo").read_bytes())
    assert b"writer" in profile
    assert b"/profiled/" not in profile


def test_go_is_profiled_in_the_environment_of_its_tuned_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[dict[str, str]] = []

    class Process:
        """A handler that writes an empty profile."""

        port = 1
        process = SimpleNamespace(send_signal=lambda _: None, wait=lambda: None)

        def __init__(self, _command: object, environment: dict[str, str] | None = None) -> None:
            if environment:
                found.append(environment)
                Path(environment["CPU_PROFILE"]).write_bytes(gzip.compress(b""))

        def close(self) -> None:
            pass

    monkeypatch.setattr(services, "Stub", Process)
    monkeypatch.setattr(go_profile, "Function", Process)
    monkeypatch.setattr(go_profile, "SECONDS", 0)
    monkeypatch.setattr(sys, "argv", ["go_profile.py", "--work", str(tmp_path), "--profiles", str(tmp_path)])
    go_profile.main()
    assert len(found) == 8
    _, tuned = services.GO_SIDES["go_tuned"]
    assert [{name: each.get(name) for name in tuned} for each in found] == [tuned] * 8
