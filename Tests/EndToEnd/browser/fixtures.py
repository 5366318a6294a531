"""A browser and a dashboard for the tests of one file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from browser.chromium import CHROMIUM, INSTALL, Browser, Page, browser
from browser.dashboard import Dashboard, running
from pipeline.stack import Stack


@pytest.fixture(scope="module")
def dashboard(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    with running(stack, tmp_path_factory.mktemp("dashboard")) as started:
        yield started


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None:
        # Not skipped: a run without a browser would pass for one with it.
        pytest.fail(INSTALL)
    with browser(tmp_path_factory.mktemp("profile"), "--host-resolver-rules=MAP evil.example 127.0.0.1") as started:
        yield started


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    opened = chromium.page()
    yield opened
    # An open page is fed on.
    opened.close()
