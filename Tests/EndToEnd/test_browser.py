"""Pages in a real browser against a started stack. Skipped where there is no Chromium: apt-get install chromium."""

from __future__ import annotations

import html
import http.server
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.stack import ROOT, Stack

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium")

# What a page can send without asking, and what it can read of the answer.
PAGE = """<!doctype html><pre id=out></pre><iframe name=frame></iframe><script>
const target = location.hash.slice(1)
const attempts = {
  read: () => fetch(target + "/_ministack/health").then(r => r.text()),
  blind: () => fetch(target + "/_ministack/health", {mode: "no-cors"}).then(r => r.type + " " + r.status),
  reset: () => fetch(target + "/_ministack/reset", {method: "POST", mode: "no-cors"}).then(r => r.type),
  plain: () => fetch(target + "/", {method: "POST", mode: "no-cors", headers: {"Content-Type": "text/plain"},
    body: "Action=CreateQueue&QueueName=from-a-page&Version=2012-11-05"}).then(r => r.type),
  create: () => fetch(target + "/2015-03-31/functions", {method: "POST", body: "{}"}).then(r => r.text()),
  signed: () => fetch(target + "/", {method: "POST", headers: {"X-Amz-Target": "AmazonSQS.CreateQueue"},
    body: '{"QueueName":"from-a-page"}'}).then(r => r.text()),
  image: () => new Promise((done, fail) => { const i = new Image(); i.onload = () => done("shown")
    i.onerror = () => fail("not shown"); i.src = target + "/bucket/picture.png" }),
  socket: () => new Promise((done, fail) => { const s = new WebSocket(target.replace("http", "ws") + "/x")
    s.onopen = () => done("open"); s.onerror = () => fail("not open") }),
  form: () => new Promise(done => { const f = document.createElement("form"); f.action = target + "/"; f.method = "post"
    f.target = "frame"; f.innerHTML = '<input name=Action value=CreateQueue><input name=QueueName value=from-a-page>'
    document.body.append(f); f.submit(); setTimeout(() => done("sent"), 500) }),
}
Promise.all(Object.entries(attempts).map(([name, attempt]) =>
  attempt().then(value => [name, "got " + value], error => [name, "failed"]))).then(all => {
  document.getElementById("out").textContent = "RESULT" + JSON.stringify(Object.fromEntries(all)) + "END" })
</script>"""


@pytest.fixture
def page() -> Iterator[str]:
    """Where somebody else's page is."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE.encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://evil.example:{server.server_port}/"
        server.shutdown()


def browse(url: str, profile: Path) -> str:
    """What the page is after its scripts. The name of the page leads to 127.0.0.1, as after DNS rebinding."""
    command = [CHROMIUM or "", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
    command += ["--host-resolver-rules=MAP evil.example 127.0.0.1", "--virtual-time-budget=20000", "--dump-dom", url]
    return html.unescape(subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout)


def refusals() -> int:
    return (ROOT / ".local/run/server.log").read_text().count("refused AccessDenied")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "evil.example"])
def test_a_page_does_and_reads_nothing(stack: Stack, page: str, host: str, tmp_path: Path) -> None:
    before = refusals()
    endpoint = f"http://{host}:{urlsplit(stack.endpoint_url).port}"
    found = re.search("RESULT(.*)END", browse(f"{page}#{endpoint}", tmp_path))
    assert found
    results = json.loads(found.group(1))
    blind = {name: results.pop(name) for name in ("blind", "reset", "plain", "form")}
    assert set(results.values()) == {"failed"}
    assert set(blind.values()) <= {"got opaque 0", "got opaque", "got sent", "failed"}
    assert stack.client("sqs").list_queues(QueueNamePrefix="from-a-page").get("QueueUrls", []) == []
    assert stack["OrdersTableName"] in stack.client("dynamodb").list_tables()["TableNames"]
    # They did arrive.
    assert refusals() >= before + 5, blind


def test_a_page_under_its_own_name_reads_nothing(stack: Stack, tmp_path: Path) -> None:
    """DNS rebinding: the page and the stack have one origin, so nothing but the stack itself can refuse."""
    shown = browse(f"http://evil.example:{urlsplit(stack.endpoint_url).port}/_ministack/health", tmp_path)
    assert "AccessDenied" in shown
    assert "services" not in shown
