"""The loop of docs/deploy.md that empties a bucket with versions, against a server that answers as S3 does."""

from __future__ import annotations

import http.server
import subprocess
import textwrap
import urllib.parse
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from commandpath import path_with_aws
from pipeline.stack import ROOT
from serving import serving

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
# Of a page of a listing, and of what one request may delete.
MAXIMUM = 1_000
Version = tuple[str, str, str]


def documented_loop() -> str:
    text = (ROOT / "docs/deploy.md").read_text()
    return textwrap.dedent(text.partition("     ```bash\n")[2].partition("     ```\n")[0])


class Bucket(http.server.ThreadingHTTPServer):
    """Versions and delete markers by key, kind and id, some of which may not be deleted."""

    def __init__(self, held: list[Version], protected: set[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.held = held
        self.protected = protected
        # How often a page was asked for, and how many objects each request deletes.
        self.listings = 0
        self.deletions: list[int] = []

    def page(self, start: int) -> str:
        self.listings += 1
        page = self.held[start : start + MAXIMUM]
        end = start + len(page)
        items = "".join(
            f"<{kind}><Key>{key}</Key><VersionId>{version}</VersionId></{kind}>" for key, kind, version in page
        )
        is_truncated = "true" if end < len(self.held) else "false"
        markers = f"<NextKeyMarker>{end}</NextKeyMarker><NextVersionIdMarker>-</NextVersionIdMarker>"
        state = f"<IsTruncated>{is_truncated}</IsTruncated>{markers}"
        return f"<ListVersionsResult xmlns='{NAMESPACE}'>{state}{items}</ListVersionsResult>"

    def delete(self, wanted: list[tuple[str, str]]) -> str:
        self.deletions.append(len(wanted))
        self.held = [item for item in self.held if (item[0], item[2]) not in wanted or item[0] in self.protected]
        errors = "".join(
            f"<Error><Key>{key}</Key><Code>AccessDenied</Code></Error>" for key, _ in wanted if key in self.protected
        )
        return f"<DeleteResult xmlns='{NAMESPACE}'>{errors}</DeleteResult>"


class _Requests(http.server.BaseHTTPRequestHandler):
    server: Bucket

    def do_GET(self) -> None:
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        self.answer(self.server.page(int(query.get("key-marker", ["0"])[0])))

    def do_POST(self) -> None:
        body = ET.fromstring(self.rfile.read(int(self.headers["Content-Length"])))
        objects = body.findall(f"{{{NAMESPACE}}}Object")
        self.answer(self.server.delete([(item[0].text or "", item[1].text or "") for item in objects]))

    def answer(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def bucket(held: list[Version], protected: set[str]) -> Iterator[Bucket]:
    with serving(Bucket(held, protected)) as server:
        yield server


def emptied(server: Bucket, folder: Path) -> None:
    environment = {
        "PATH": path_with_aws(folder),
        "HOME": str(folder),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "NO_PROXY": "127.0.0.1",
    }
    loop = documented_loop()
    assert loop.startswith("while aws ")
    subprocess.run(["bash", "-c", loop], cwd=folder, env=environment, check=True, timeout=120)


# Half of them markers; only versions; only markers.
@pytest.mark.parametrize("kinds", [("Version", "DeleteMarker"), ("Version", "Version"), ("DeleteMarker",) * 2])
def test_every_version_and_marker_goes_a_thousand_at_a_time(tmp_path: Path, kinds: tuple[str, str]) -> None:
    held = [(f"orders/{number}", kind, f"v{place}") for number in range(600) for place, kind in enumerate(kinds)]
    with bucket(held, set()) as server:
        emptied(server, tmp_path)
        assert (server.held, server.deletions) == ([], [MAXIMUM, 200])


def test_what_may_not_be_deleted_ends_the_loop(tmp_path: Path) -> None:
    with bucket([("orders/1", "Version", "v0"), ("orders/2", "Version", "v0")], {"orders/2"}) as server:
        emptied(server, tmp_path)
        assert server.held == [("orders/2", "Version", "v0")]
        assert server.deletions == [2]
    assert "AccessDenied" in (tmp_path / "deleted.json").read_text()


def test_an_empty_bucket_is_left_at_once(tmp_path: Path) -> None:
    with bucket([], set()) as server:
        emptied(server, tmp_path)
        assert (server.listings, server.deletions) == (1, [])
