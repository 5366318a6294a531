"""TLS by comparison: what curl with the system's OpenSSL connects to, the static bootstrap does, and nothing else.

A bootstrap begins with a part of OpenSSL (Sources/COpenSSLSetup). Here both clients, one after the other, make requests
of the same server: Python's ssl, `openssl s_server`, nginx and HAProxy, see tls/cases.py.

By default each case is run at one server, chosen by the seed; E2E_TLS=all runs it at each, and more at random.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.stack import ROOT
from tls.cases import BELIEVED, REFUSED, Case, at_random, table
from tls.certificates import CertificateFactory, Chain, Files
from tls.clients import REQUESTS, Outcome, Target, bootstrap, curl
from tls.proxies import ConnectProxy

EVERYTHING = os.environ.get("E2E_TLS") == "all"
RANDOM_CASES = 300 if EVERYTHING else 10
ENDINGS = 1000 if EVERYTHING else 20
# Two clients and a server a case; each waits for the others most of the time.
SIDE_BY_SIDE = 3


# Where the two clients may not come to the same, by a part of the case: curl's outcome, the bootstrap's, and why.
DIFFERENCES = {
    "certificate_expired": (
        "untrusted",
        "failed",
        "libcurl has one code for a server whose certificate has expired and for one that says that its client's has; "
        "a bootstrap has no certificate, and does not take the word of somebody unknown for a verdict on him",
    ),
    "proxy='https'": (
        "failed",
        "untrusted",
        "libcurl loses OpenSSL's error when it speaks TLS within a proxy's TLS; a bootstrap knows OpenSSL's verdict",
    ),
}


def explained(case: str, theirs: Outcome, ours: Outcome) -> bool:
    return any(
        part in case and (theirs.what, ours.what) == (curls, bootstraps)
        for part, (curls, bootstraps, _) in DIFFERENCES.items()
    )


class Comparison:
    """Runs cases and remembers what came of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.factory = CertificateFactory(folder)
        self.proxy_files = self.factory.make(Chain())
        self.other = self.factory.make(Chain(names="DNS:other.test"))
        self.stranger = self.factory.stranger()
        self.numbers = itertools.count()

    def run(self, cases: Iterable[Case]) -> dict[Case, tuple[Outcome, Outcome, str]]:
        """Of each case curl's outcome and the bootstrap's, and how they differ, in words, if they do."""
        cases = list(cases)
        # Made one after the other: what is made once is not to be made twice at a time.
        files = [self.factory.make(case.chain) for case in cases]
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            return dict(zip(cases, pool.map(self.compare, cases, files), strict=True))

    def compare(self, case: Case, files: Files) -> tuple[Outcome, Outcome, str]:
        folder = self.folder / f"case{next(self.numbers)}"
        folder.mkdir()
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(case.server(files, case.settings, folder, self.other))
            url, proxy = f"https://localhost:{server.port}/", ""
            if case.proxy:
                # Not by the name of this machine, to which no proxy is asked for.
                url = f"https://tls.test:{server.port}/"
                proxy = stack.enter_context(ConnectProxy(case.proxy, self.proxy_files, server.port)).url
            root = files.root if case.chain.trusted else self.stranger
            target = Target(url, root, proxy, self.proxy_files.root if case.proxy == "https" else None)
            theirs = curl(target, folder)
            resumed = [server.take_resumed(REQUESTS) if theirs.what == "connected" else []]
            ours = bootstrap(target, folder, theirs.what)
            resumed += [server.take_resumed(REQUESTS) if ours.what == theirs.what == "connected" else []]
        difference = ""
        if explained(str(case), theirs, ours):
            return theirs, ours, ""
        if theirs.what != ours.what:
            difference = f"curl: {theirs.what}, bootstrap: {ours.what}\n{theirs.text}\n{ours.text}"
        elif resumed[0] != resumed[1]:
            difference = f"curl resumed {resumed[0]}, the bootstrap {resumed[1]}\n{theirs.text}\n{ours.text}"
        return theirs, ours, difference


@pytest.fixture(scope="session")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return Comparison(tmp_path_factory.mktemp("tls"))


def chosen(seed: int, wanted: Callable[[Case], bool]) -> list[Case]:
    """Cases of the table: each name once, at a server chosen by the seed, unless everything is asked for."""
    cases = [case for case in table() if wanted(case)]
    if EVERYTHING:
        return cases
    randomness = random.Random(seed)
    names = dict.fromkeys(case.name for case in cases)
    return [randomness.choice([case for case in cases if case.name == name]) for name in names]


def check(results: dict[Case, tuple[Outcome, Outcome, str]]) -> None:
    differing = [f"{case}: {difference}" for case, (_, _, difference) in results.items() if difference]
    assert not differing, "\n\n".join(differing)


def test_who_is_believed_is_believed_by_both(comparison: Comparison, seed: int) -> None:
    results = comparison.run(chosen(seed, lambda case: case.chain in BELIEVED.values() and not case.settings.cipher))
    check(results)
    connected = [case for case, (theirs, _, _) in results.items() if theirs.what == "connected"]
    assert len(connected) > len(results) * 0.7


def test_who_is_refused_is_refused_by_both(comparison: Comparison, seed: int) -> None:
    results = comparison.run(chosen(seed, lambda case: case.chain in REFUSED.values()))
    check(results)
    for case, (theirs, ours, _) in results.items():
        assert theirs.what != "connected", case.id
        assert ours.what != "connected", case.id


def test_every_cipher_of_tls_1_2_is_spoken_by_both_or_none(comparison: Comparison, seed: int) -> None:
    results = comparison.run(chosen(seed, lambda case: bool(case.settings.cipher)))
    check(results)
    connected = [case for case, (theirs, _, _) in results.items() if theirs.what == "connected"]
    assert len(connected) > len(results) * 0.4


def test_dimensions_at_random_make_no_difference(comparison: Comparison, seed: int) -> None:
    check(comparison.run(at_random(random.Random(seed), RANDOM_CASES)))


@pytest.fixture
def endings(comparison: Comparison) -> Iterator[dict[str, int]]:
    """Ports of servers that end the handshake, each in a way and at a moment of its own."""
    files = comparison.proxy_files
    process = subprocess.Popen(
        [sys.executable, ROOT / "Tests/python/tls_endings.py", files.chain, files.key],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout
        yield json.loads(process.stdout.readline())
        process.kill()


def test_whatever_way_a_server_ends_a_handshake_there_is_no_connection(
    comparison: Comparison, endings: dict[str, int], seed: int
) -> None:
    names = list(endings)
    randomness = random.Random(seed)
    if len(names) > ENDINGS:
        # With one whose difference has a reason.
        names = sorted({*randomness.sample(names, ENDINGS), "TLSv1_3/before flight 1/certificate_expired"})
    by_proxy = set(randomness.sample(names, len(names) // 3))

    def end(name: str) -> str:
        folder = comparison.folder / name.replace("/", ", ")
        folder.mkdir()
        root = comparison.proxy_files.root
        with contextlib.ExitStack() as stack:
            target = Target(f"https://localhost:{endings[name]}/", root)
            if name in by_proxy:
                proxy = stack.enter_context(ConnectProxy("http", comparison.proxy_files, endings[name]))
                target = Target(f"https://tls.test:{endings[name]}/", root, proxy.url)
            theirs, ours = curl(target, folder), bootstrap(target, folder, "failed")
        alike = theirs.what == ours.what == "failed"
        if (alike or explained(name, theirs, ours)) and ours.errors == {"ConnectionFailed"}:
            return ""
        return f"{name}:\n{theirs.text}\n{ours.text}"

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        wrong = [text for text in pool.map(end, names) if text]
    assert not wrong, "\n\n".join(wrong)
