"""Attacks on a dashboard: by programs, by another user of this machine, and by pages in a browser."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
from collections.abc import Iterator

import pytest

from browser.chromium import Page, until
from browser.dashboard import Dashboard
from pipeline.stack import Stack


def ask(dashboard: Dashboard, path: str = "/events", method: str = "GET", **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", dashboard.port, timeout=10)
    sent = {"Host": f"127.0.0.1:{dashboard.port}", "Authorization": f"Bearer {dashboard.token}"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers={name: value for name, value in sent.items() if value != "-"})
    answer = connection.getresponse()
    try:
        return answer.status, "" if answer.status == 200 else answer.read().decode()
    finally:
        connection.close()


@pytest.fixture(scope="module", autouse=True)
def viewer(dashboard: Dashboard) -> Iterator[None]:
    """A page that stays open: products are found once their day has been read, which is done for a page."""
    connection = http.client.HTTPConnection("127.0.0.1", dashboard.port, timeout=10)
    connection.request("GET", "/events", headers={"Authorization": f"Bearer {dashboard.token}"})
    assert connection.getresponse().status == 200
    until(lambda: ask(dashboard, "/products?q=a")[0] == 200, "today's products to be read")
    yield
    connection.close()


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, {}),
        (200, {"Origin": "http://127.0.0.1:PORT", "Sec_Fetch_Site": "same-origin", "Sec_Fetch_Dest": "empty"}),
        (401, {"Authorization": "-"}),
        (401, {"Authorization": "Bearer " + "A" * 43}),
        (401, {"Authorization": "Basic QQ=="}),
        (403, {"Host": "evil.example"}),
        (403, {"Host": "evil.example:PORT"}),
        (403, {"Host": "127.0.0.1"}),
        (403, {"Origin": "http://evil.example"}),
        (403, {"Origin": "http://127.0.0.1:1"}),
        (403, {"Origin": "null"}),
        (403, {"Sec_Fetch_Site": "cross-site"}),
        (403, {"Sec_Fetch_Site": "same-site"}),
        (403, {"Sec_Fetch_Dest": "script"}),
    ],
)
def test_requests_that_are_not_the_pages_are_refused(
    dashboard: Dashboard, status: int, headers: dict[str, str]
) -> None:
    filled = {name: value.replace("PORT", str(dashboard.port)) for name, value in headers.items()}
    for path in ("/events", "/products?q=a"):
        assert ask(dashboard, path, **filled)[0] == status


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_nothing_can_be_changed(dashboard: Dashboard, method: str) -> None:
    for path in ("/", "/events", "/products?q=a", "/elsewhere"):
        assert ask(dashboard, path, method)[0] == 405


def test_the_page_without_the_token_has_nothing_of_the_stack(stack: Stack, dashboard: Dashboard) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", dashboard.port, timeout=10)
    connection.request("GET", "/")
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 200
    assert dashboard.token not in text and stack["OrdersTableName"] not in text
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search("'nonce-([^']+)'", policy)
    assert nonce and text.count(f'nonce="{nonce.group(1)}"') == 2
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)
    for name, value in {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }.items():
        assert answer.headers[name] == value


NOBODY = 65534
# Sends $2 to 127.0.0.1:$1 and prints the first line of the answer. A shell, since nobody may run the tests' Python.
SEND = 'exec 3<>"/dev/tcp/127.0.0.1/$1"; printf %s "$2" >&3; timeout 10 head -n 1 <&3'


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
@pytest.mark.parametrize("path", ["/", "/events", "/products?q=a"])
def test_another_user_is_refused_even_with_the_token(dashboard: Dashboard, path: str) -> None:
    head = f"Host: 127.0.0.1:{dashboard.port}\r\nAuthorization: Bearer {dashboard.token}\r\nConnection: close"
    command = ["/bin/bash", "-c", SEND, "send", str(dashboard.port), f"GET {path} HTTP/1.1\r\n{head}\r\n\r\n"]
    options = {"capture_output": True, "text": True, "check": False, "cwd": "/", "timeout": 30}
    assert " 200 " in subprocess.run(command, **options).stdout
    assert " 403 " in subprocess.run(command, user=NOBODY, group=NOBODY, extra_groups=[], **options).stdout


def test_a_page_of_another_name_reads_nothing(dashboard: Dashboard, page: Page) -> None:
    """DNS rebinding, with the token even: the name leads to 127.0.0.1, so the page would be of the same origin."""
    page.open(f"http://evil.example:{dashboard.port}/#{dashboard.token}")
    page.wait("document.body && document.body.innerText.includes('Host header')", "the refusal")
    assert "Live" not in page.evaluate("document.body.innerText")


def test_a_foreign_page_can_neither_read_nor_frame_it(dashboard: Dashboard, page: Page) -> None:
    home = f"http://127.0.0.1:{dashboard.port}"
    page.evaluate(
        "new Promise(done => { const frame = document.createElement('iframe'); frame.onload = done;"
        f" frame.src = '{home}/'; document.body.append(frame) }})"
    )
    frame = page.send("Page.getFrameTree")["frameTree"]["childFrames"][0]["frame"]
    assert frame["url"].startswith("chrome-error:")
    for options in ("{}", f"{{headers: {{Authorization: 'Bearer {dashboard.token}'}}}}"):
        outcome = page.evaluate(f"fetch('{home}/events', {options}).then(r => 'read ' + r.status, () => 'failed')")
        assert outcome == "failed"
    blind = page.evaluate(f"fetch('{home}/events', {{mode: 'no-cors'}}).then(r => r.type, () => 'failed')")
    assert blind in ("opaque", "failed")
