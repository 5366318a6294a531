"""Whom the static bootstraps believe: they carry less of OpenSSL than the library that the unit tests link."""

from __future__ import annotations

import contextlib
import http.server
import json
import re
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from awsmodel.cloud import Cloud
from awsmodel.health import is_well
from bare import RuntimeAPI, posts
from pipeline.stack import ROOT
from serving import serving


def openssl(*arguments: object) -> str:
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A private key of a kind, the same each time: RSA keys take seconds to make."""
    folder = tmp_path_factory.mktemp("keys")

    def make(kind: str) -> Path:
        path = folder / kind
        if not path.exists():
            algorithm, _, parameter = kind.partition(":")
            option = "ec_paramgen_curve" if algorithm == "ec" else "rsa_keygen_bits"
            options = ["-pkeyopt", f"{option}:{parameter}"] if parameter else []
            openssl("genpkey", "-algorithm", algorithm, *options, "-out", path)
        return path

    return make


@pytest.fixture
def chain(key: Callable[[str], Path], tmp_path: Path) -> Callable[..., Path]:
    """Makes a root, an intermediate and a server's certificate as AWS has them; gives the root."""

    def certify(name: str, kind: str, digest: str, issuer: tuple[str, str] | None, content: str, days: int = 2) -> Path:
        request, extensions, certificate = (tmp_path / f"{name}.{suffix}" for suffix in ("csr", "ext", "pem"))
        extensions.write_text(content)
        openssl("req", "-new", "-key", key(kind), "-subj", f"/CN={name}", "-out", request)
        signer = ["-signkey", key(kind)]
        if issuer:
            signer = ["-CA", tmp_path / f"{issuer[0]}.pem", "-CAkey", key(issuer[1]), "-set_serial", "7"]
        lasting = ["-days", str(days), "-extfile", extensions, "-out", certificate]
        openssl("x509", "-req", "-in", request, *signer, f"-{digest}", *lasting)
        return certificate

    def make(
        kind: str = "rsa:2048", leaf: str = "rsa:2048", digest: str = "sha256", names: str = "localhost", days: int = 2
    ) -> Path:
        authority = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
        root = certify("root", kind, digest, None, authority)
        issuer = certify("issuer", kind, digest, ("root", kind), authority)
        server = certify("server", leaf, digest, ("issuer", kind), f"subjectAltName=DNS:{names}\n", days)
        (tmp_path / "chain.pem").write_text(server.read_text() + issuer.read_text() + key(leaf).read_text())
        return root

    return make


class Service(http.server.BaseHTTPRequestHandler):
    """Says yes to everything, as DynamoDB does to a PutItem; each request has a connection to itself."""

    protocol_version = "HTTP/1.1"
    connection: ssl.SSLSocket
    server: QuietServer

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.resumed.append(self.connection.session_reused)
        self.send_response(200)
        self.send_header("Connection", "close")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


class QuietServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    # Of each request, whether its connection resumed an earlier session.
    resumed: list[bool | None]
    # Handshakes that failed.
    refusals = 0

    def shutdown_request(self, request: Any) -> None:
        # OpenSSL resumes no session whose connection ended without a word.
        with contextlib.suppress(OSError, ValueError):
            request.unwrap()
        super().shutdown_request(request)

    def handle_error(self, *_: object) -> None:
        """A refused handshake is what some tests are about."""
        self.refusals += 1


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., QuietServer]]:
    """Starts an HTTPS server with the chain in the test's folder."""
    running = contextlib.ExitStack()

    def start(
        maximum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
        ciphers: str = "DEFAULT",
        group: str | None = None,
        options: int = 0,
    ) -> QuietServer:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers(ciphers)
        context.maximum_version = maximum
        context.options |= options
        if group:
            context.set_ecdh_curve(group)
        context.load_cert_chain(tmp_path / "chain.pem")
        server = QuietServer(("127.0.0.1", 0), Service)
        server.resumed = []
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        return running.enter_context(serving(server))

    with running:
        yield start


@pytest.fixture
def store(runtime_api: type[RuntimeAPI], tmp_path: Path) -> Callable[..., tuple[list[str], str]]:
    """Has OrderWriter store orders at a server, one after the other: the messages it reports as failed, and its log."""

    def run(server: QuietServer, *trusted: Path, bundle: bool = False, orders: int = 1) -> tuple[list[str], str]:
        task = tmp_path / "task"
        shutil.copytree(ROOT / "dist/OrderWriter/amazon-roots", task / "amazon-roots")
        for root in trusted:
            shutil.copy(root, task / "amazon-roots" / f"{openssl('x509', '-noout', '-hash', '-in', root)}.0")
        runtime_api.events[:] = [(ROOT / "events/sqs-order-message.json").read_bytes()] * orders
        variables = {
            "AWS_LAMBDA_RUNTIME_API": runtime_api.address,
            "AWS_LAMBDA_FUNCTION_NAME": "OrderWriter",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": f"https://localhost:{server.server_port}",
            "AWS_MAX_ATTEMPTS": "1",
            "ORDERS_TABLE": "orders",
            "NORMAL_MINIMUM_AMOUNT": "100",
            "PREMIUM_MINIMUM_AMOUNT": "1000",
            "LAMBDA_TASK_ROOT": str(task),
        }
        if bundle:
            variables["AWS_CA_BUNDLE"] = str(trusted[0])
        answers, output = posts(runtime_api, [str(ROOT / "dist/OrderWriter/bootstrap")], variables, orders)
        reports = [json.loads(body) for _, body in answers]
        return [failure["itemIdentifier"] for report in reports for failure in report["batchItemFailures"]], output

    return run


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("kind", "leaf", "digest"),
    [
        # Amazon Root CA 1 with what AWS's endpoints have below it, then Root CA 2, 3 and 4.
        ("rsa:2048", "rsa:2048", "sha256"),
        ("rsa:4096", "rsa:2048", "sha384"),
        ("ec:P-256", "ec:P-256", "sha256"),
        ("ec:P-384", "ec:P-384", "sha384"),
        ("rsa:2048", "ec:P-256", "sha512"),
    ],
)
def test_a_chain_that_ends_in_a_trusted_root_is_believed(
    kind: str, leaf: str, digest: str, version: ssl.TLSVersion, chain: Callable, serve: Callable, store: Callable
) -> None:
    root = chain(kind, leaf, digest)
    failed, output = store(serve(version), root)
    assert failed == [], output


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("group", ["X25519", "prime256v1", "secp384r1", "secp521r1"])
def test_a_server_may_insist_on_any_common_group(
    group: str, version: ssl.TLSVersion, chain: Callable, serve: Callable, store: Callable
) -> None:
    root = chain()
    failed, output = store(serve(version, group=group), root)
    assert failed == [], output


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("options", [0, ssl.OP_NO_TICKET], ids=["ticket", "stateful"])
def test_a_session_is_resumed_by_the_next_connections(
    options: int, version: ssl.TLSVersion, chain: Callable, serve: Callable, store: Callable
) -> None:
    root = chain()
    server = serve(version, options=options)
    failed, output = store(server, root, orders=3)
    assert failed == [], output
    assert server.resumed == [False, True, True], output


@pytest.mark.parametrize("cipher", ["AES128-GCM-SHA256", "AES256-GCM-SHA384"])
def test_a_server_may_insist_on_the_key_exchange_of_rsa(
    cipher: str, chain: Callable, serve: Callable, store: Callable
) -> None:
    """OpenSSL offers it in TLS 1.2 whatever its providers have, and AWS's endpoints have it last in their lists."""
    root = chain()
    failed, output = store(serve(ssl.TLSVersion.TLSv1_2, ciphers=cipher), root)
    assert failed == [], output


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_may_have_a_key_for_rsa_pss_alone(
    version: ssl.TLSVersion, chain: Callable, serve: Callable, store: Callable
) -> None:
    root = chain(leaf="rsa-pss:2048")
    failed, output = store(serve(version), root)
    assert failed == [], output


@pytest.mark.parametrize(
    ("leaf", "settings"),
    [
        ("rsa:2048", {"maximum": ssl.TLSVersion.TLSv1_2, "ciphers": "ECDHE-RSA-AES128-SHA256"}),
        ("rsa:2048", {"group": "X448"}),
        ("ed25519", {}),
        ("ed25519", {"maximum": ssl.TLSVersion.TLSv1_2}),
    ],
    ids=["a cipher", "a group", "a certificate", "a certificate in TLS 1.2"],
)
def test_what_the_trimmed_provider_lacks_is_had_by_a_second_try(
    leaf: str, settings: dict[str, Any], chain: Callable, serve: Callable, store: Callable
) -> None:
    """The first connection alone needs it: those that follow begin with all that OpenSSL knows."""
    root = chain(leaf=leaf)
    server = serve(**settings)
    failed, output = store(server, root, orders=3)
    assert failed == [], output
    assert len(server.resumed) == 3
    assert server.refusals == 1


def test_a_chain_that_ends_elsewhere_is_refused(chain: Callable, serve: Callable, store: Callable) -> None:
    chain()
    failed, output = store(serve())
    assert len(failed) == 1
    assert "unable to get" in output
    assert "issuer" in output


def test_a_certificate_of_another_host_is_refused(chain: Callable, serve: Callable, store: Callable) -> None:
    root = chain(names="dynamodb.example.com")
    failed, output = store(serve(), root)
    assert len(failed) == 1
    assert "not trusted" in output


@pytest.mark.parametrize("digest", ["md5", "sha1"])
def test_a_chain_signed_with_a_broken_digest_is_refused(
    digest: str, chain: Callable, serve: Callable, store: Callable
) -> None:
    root = chain(digest=digest)
    # The server has to be willing to offer it.
    failed, output = store(serve(ciphers="DEFAULT@SECLEVEL=0"), root)
    assert len(failed) == 1, output
    assert "not trusted" in output


def test_a_key_of_too_few_bits_is_refused(chain: Callable, serve: Callable, store: Callable) -> None:
    root = chain(leaf="rsa:1024")
    failed, output = store(serve(ciphers="DEFAULT@SECLEVEL=0"), root)
    assert len(failed) == 1, output
    assert "not trusted" in output


def test_an_expired_certificate_is_refused(chain: Callable, serve: Callable, store: Callable) -> None:
    root = chain(days=-1)
    failed, output = store(serve(), root)
    assert len(failed) == 1, output
    assert "expired" in output


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_an_error_of_tls_is_told_in_words(
    chain: Callable, serve: Callable, store: Callable, runtime_api: type[RuntimeAPI]
) -> None:
    """OpenSSL's texts are not in memory before one is needed."""
    root = chain()
    # It is tried until then.
    runtime_api.seconds = 1.5
    failed, output = store(serve(ssl.TLSVersion.TLSv1_1, "DEFAULT@SECLEVEL=0"), root)
    assert len(failed) == 1, output
    assert "ConnectionFailed" in output
    assert "TLS was not agreed on" in output
    assert "SSL routines::tlsv1 alert protocol version" in output
    assert "reason(" not in output


def test_a_bundle_takes_the_place_of_the_roots_that_come_along(
    chain: Callable, serve: Callable, store: Callable
) -> None:
    root = chain()
    failed, output = store(serve(), root, bundle=True)
    assert failed == [], output


def test_the_roots_that_come_along_are_found_by_their_names() -> None:
    roots = sorted((ROOT / "dist/OrderWriter/amazon-roots").iterdir())
    assert len(roots) == 5
    for root in roots:
        assert root.name == openssl("x509", "-noout", "-hash", "-in", root) + ".0"
        subject = openssl("x509", "-noout", "-subject", "-in", root)
        assert "O = Amazon" in subject or "Starfield Services Root" in subject


# What `orders doctor --record` kept of connections to AWS, once somebody has done so.
RECORDED = ROOT / "Tests/Recorded/connections.json"


def agreements(file: Path) -> list[dict[str, Any]]:
    """What the connections of a record agreed on, each once; nothing where there is no record."""
    connections = json.loads(file.read_text()) if file.exists() else []
    # A session that is resumed need not show the chain again.
    found = {
        json.dumps({name: connection.get(name) for name in ("version", "cipher", "group", "chain")}, sort_keys=True)
        for connection in connections
        if not connection["isResumed"]
    }
    return [json.loads(text) for text in sorted(found)]


@pytest.fixture
def agree(chain: Callable, serve: Callable, store: Callable) -> Callable[[dict[str, Any]], QuietServer]:
    """Has a bootstrap store an order at a server that agrees to nothing but what was agreed on."""

    def run(agreed: dict[str, Any]) -> QuietServer:
        certificate, *issuers = agreed["chain"]
        digest = re.search(r"sha\d+", certificate["signature"].lower())
        assert digest, certificate
        is_rsa = "rsa" in certificate["signature"].lower()
        issuer = issuers[0]["key"] if issuers else ("rsa:2048" if is_rsa else "ec:prime256v1")
        root = chain(issuer, certificate["key"], digest[0])
        settings: dict[str, Any] = {"group": agreed["group"]}
        if agreed["version"] == "TLSv1.2":
            settings |= {"maximum": ssl.TLSVersion.TLSv1_2, "ciphers": agreed["cipher"]}
        else:
            # Python's ssl chooses none of TLS 1.3's suites; a bootstrap has these.
            suites = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
            assert agreed["cipher"] in suites
        server = serve(**settings)
        failed, output = store(server, root)
        assert failed == [], output
        return server

    return run


@pytest.mark.parametrize("agreed", agreements(RECORDED) or [None])
def test_what_aws_agreed_on_needs_no_second_try(agreed: dict[str, Any] | None, agree: Callable) -> None:
    if agreed is None:
        pytest.skip("nobody has recorded AWS's connections yet: see Tests/Recorded/README.md")
    assert agree(agreed).refusals == 0


def test_what_a_record_of_connections_holds_is_tried_out(cloud: Cloud, agree: Callable, tmp_path: Path) -> None:
    is_well(cloud.account)
    cloud.run("doctor", "--record", str(tmp_path / "record"))
    [agreed] = agreements(tmp_path / "record/connections.json")
    assert (agreed["version"], agreed["group"]) == ("TLSv1.3", "X25519")
    assert agree(agreed).refusals == 0


def test_a_record_of_what_a_bootstrap_begins_without_is_found_out(agree: Callable) -> None:
    certificate = {"key": "rsa:2048", "signature": "sha256WithRSAEncryption"}
    agreed = {"version": "TLSv1.3", "cipher": "TLS_AES_128_GCM_SHA256", "group": "X448", "chain": [certificate]}
    assert agree(agreed).refusals == 1
