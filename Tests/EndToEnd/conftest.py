"""One local stack for the whole session, and what a test of it needs."""

from __future__ import annotations

import itertools
import math
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from awsmodel import oracle
from awsmodel.account import Account
from awsmodel.cloud import HOSTS, Cloud
from awsmodel.proxy import Proxy, make_certificates
from bare import RuntimeAPI, runtime_api_server
from pipeline.queues import Listener, QueueView
from pipeline.stack import ROOT, NotRunning, Stack
from support import run_script

sys.path.insert(0, str(ROOT / "scripts"))
from localaws import peers

pytest_plugins = ["books", "browser.fixtures", "deployments"]

# Whatever a test serves: Runtime APIs, an AWS.
peers.accept_only_own_user()

_numbers = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fresh_stack(turn): before all others of the stack, in the order of their turns")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--half",
        choices=["stack", "rest"],
        help="only the tests of the session's local stack, or only the others; the halves may run side by side",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    half = config.getoption("half")
    if half:
        left = [item for item in items if ("stack" in getattr(item, "fixturenames", ())) != (half == "stack")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]

    def turn(item: pytest.Item) -> float:
        marker = item.get_closest_marker("fresh_stack")
        return marker.args[0] if marker else math.inf

    items.sort(key=turn)


@pytest.fixture(scope="session")
def seed() -> int:
    """Printed, so that a failing run can be repeated: E2E_SEED=… scripts/test."""
    value = int(os.environ.get("E2E_SEED") or random.SystemRandom().randrange(10**9))
    print(f"E2E_SEED={value}")
    return value


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The running local stack, or one of our own for this session."""
    try:
        yield Stack.running()
        return
    except NotRunning:
        pass
    try:
        run_script("local", "start", check=True, timeout=900)
    except pytest.fail.Exception:
        # It has ended what it began; or it was refused, since a start is under way that is not ours to end.
        raise
    except BaseException:
        # It was killed, after the time or soon after Ctrl-C, and what it has started goes on.
        run_script("local", "stop", timeout=60)
        raise
    try:
        yield Stack.running()
    finally:
        run_script("local", "stop", timeout=60)


@pytest.fixture
def order_id(request: pytest.FixtureRequest) -> str:
    """An id that no other test or earlier session on the same stack uses."""
    return f"{request.node.originalname}-{os.getpid()}-{next(_numbers)}"


@pytest.fixture
def shard() -> str:
    """A shard of its own, so that no checkpoint and no marker of another test is in the way."""
    return f"shardId-9{os.getpid() % 10**7:07}{next(_numbers):04}"


@pytest.fixture
def premium_notifications(stack: Stack) -> Iterator[QueueView]:
    listener = Listener.subscribe(stack, stack["PremiumTopicArn"], f"premium-{os.getpid()}-{next(_numbers)}")
    yield QueueView(stack, listener.url)
    listener.close()


@pytest.fixture
def runtime_api() -> Iterator[type[RuntimeAPI]]:
    with runtime_api_server() as handler:
        yield handler


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    # Builds the tool where it is missing or old.
    run_script("orders", "--help", check=True)
    return make_certificates(tmp_path_factory.mktemp("certificates"), HOSTS)


@pytest.fixture
def cloud(certificates: tuple[Path, Path, Path]) -> Iterator[Cloud]:
    """The tool in front of AWS as its service models have it."""
    root, certificate, key = certificates
    account = Account(ROOT / "cloudformation.yaml")
    with Proxy(account.answer, certificate, key) as proxy:
        # The caller's own keys and endpoints play no part.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        yield Cloud(
            account,
            kept
            | {
                "AWS_ACCESS_KEY_ID": oracle.ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY": oracle.SECRET_KEY,
                "AWS_SESSION_TOKEN": oracle.SESSION_TOKEN,
                "AWS_REGION": oracle.REGION,
                "AWS_CA_BUNDLE": str(root),
                "HTTPS_PROXY": proxy.url,
                "NO_PROXY": "",
                "ORDERS_PROJECT": str(ROOT),
            },
        )
