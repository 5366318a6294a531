"""The bootstraps as files: static, small, hardened, described, and running where there is nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from license_expression import get_spdx_licensing
from packageurl import PackageURL

from bare import RuntimeAPI, first_post
from pipeline.stack import FUNCTIONS, ROOT, Stack

pytestmark = pytest.mark.usefixtures("stack")


def bootstrap(function: str) -> Path:
    return ROOT / "dist" / function / "bootstrap"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_bootstrap_is_no_dynamic_executable(function: str) -> None:
    result = subprocess.run(["ldd", bootstrap(function)], capture_output=True, text=True, check=False)
    assert "not a dynamic executable" in result.stdout + result.stderr


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_zip_holds_the_bootstrap_as_an_executable_at_its_top(function: str) -> None:
    with zipfile.ZipFile(ROOT / "dist" / f"{function}.zip") as archive:
        entry = archive.getinfo("bootstrap")
        assert (entry.external_attr >> 16) & 0o111 == 0o111
        assert archive.read("bootstrap") == bootstrap(function).read_bytes()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_bootstrap_has_no_memory_that_is_writable_and_executable(function: str) -> None:
    listing = subprocess.run(
        ["readelf", "--program-headers", "--wide", bootstrap(function)], capture_output=True, text=True, check=True
    ).stdout
    headers = re.findall(r"^  ([A-Z_]+) +(?:0x[0-9a-f]+ +){5}([RWE ]{3})", listing, re.MULTILINE)
    assert "LOAD" in dict(headers)
    assert [header for header in headers if {"W", "E"} <= set(header[1])] == []
    assert ("LOAD", "R  ") in headers
    assert ("GNU_STACK", "RW ") in headers
    assert "GNU_RELRO" in dict(headers)


def checked(*files: Path) -> str:
    """What scripts/artifact.py finds wrong with files."""
    command = [sys.executable, ROOT / "scripts/artifact.py", "check", *files]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


@pytest.fixture
def hardened(tmp_path: Path) -> Path:
    return linked(tmp_path / "hardened", "-Wl,-z,relro,-z,noexecstack,-z,separate-code")


def linked(path: Path, *options: str) -> Path:
    """A static executable of C."""
    (path.parent / "main.c").write_text(
        "int main(void) { return 0; }\n"
        "#ifdef WRITABLE_CODE\n"
        '__asm__(".section .code, \\"awx\\"; .byte 0; .text");\n'
        "#endif\n"
    )
    subprocess.run(["cc", "-static", *options, "-o", path, path.parent / "main.c"], check=True, capture_output=True)
    return path


@pytest.mark.parametrize(
    ("option", "gap"),
    [
        ("-Wl,-z,execstack", "the stack is executable"),
        ("-Wl,-z,norelro", "no RELRO"),
        ("-Wl,-z,noseparate-code", "constants lie in executable memory"),
        ("-DWRITABLE_CODE", "writable and executable at once"),
    ],
)
def test_the_build_refuses_a_bootstrap_that_is_not_hardened(
    option: str, gap: str, hardened: Path, tmp_path: Path
) -> None:
    assert checked(hardened) == ""
    assert gap in checked(linked(tmp_path / "other", option))


@pytest.mark.parametrize(
    ("options", "gap"),
    [
        (["-fno-stack-protector", "-D_FORTIFY_SOURCE=2"], "-fstack-protector-strong"),
        (["-fstack-protector-strong"], "-D_FORTIFY_SOURCE=2"),
        (["-fstack-protector-strong", "-D_FORTIFY_SOURCE=2"], ""),
    ],
)
def test_the_build_refuses_a_c_library_that_is_not_hardened(
    options: list[str], gap: str, hardened: Path, tmp_path: Path
) -> None:
    source, library = tmp_path / "copy.c", tmp_path / "libcopy.a"
    source.write_text(
        "#include <string.h>\n#include <stdio.h>\n"
        "void copy(const char *text) { char buffer[8]; strcpy(buffer, text); puts(buffer); }"
    )
    compiler = ["cc", "-O2", "-U_FORTIFY_SOURCE", *options, "-c", source, "-o", tmp_path / "copy.o"]
    subprocess.run(compiler, check=True, capture_output=True)
    subprocess.run(["ar", "rc", library, tmp_path / "copy.o"], check=True, capture_output=True)
    error = checked(hardened, library)
    assert gap in error
    assert bool(error) == bool(gap)


class TestBillOfMaterials:
    @pytest.fixture
    def bill(self) -> dict[str, Any]:
        return json.loads((ROOT / "dist/sbom.cdx.json").read_text())

    def test_it_is_valid_cyclonedx(self) -> None:
        text = (ROOT / "dist/sbom.cdx.json").read_text()
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None

    def test_it_has_the_hash_of_each_zip(self, bill: dict[str, Any]) -> None:
        hashes = {entry["name"]: entry["hashes"] for entry in bill["components"] if entry["type"] == "application"}
        assert hashes == {
            f"{function}.zip": [
                {"alg": "SHA-256", "content": hashlib.sha256((ROOT / f"dist/{function}.zip").read_bytes()).hexdigest()}
            ]
            for function in FUNCTIONS
        }

    def test_each_library_has_version_licence_and_package_url(self, bill: dict[str, Any]) -> None:
        libraries = [entry for entry in bill["components"] if entry["type"] != "application"]
        linked = {"ca-certificates", "curl", "glibc", "libdeflate", "openssl", "swift", "zlib"}
        assert linked <= {item["name"] for item in libraries}
        spdx = get_spdx_licensing()
        for entry in libraries:
            url = PackageURL.from_string(entry["purl"])
            assert url.to_string() == entry["purl"]
            assert url.name == entry["name"]
            assert entry["version"]
            spdx.parse(entry["licenses"][0]["expression"], validate=True)

    def test_it_says_what_of_a_library_was_changed(self, bill: dict[str, Any]) -> None:
        # Empty where libcurl's version has another line in the place of the one that is changed.
        changes = (ROOT / ".local/curl/changes.diff").read_text()
        patches = {
            entry["name"]: [patch["diff"]["text"]["content"] for patch in entry["pedigree"]["patches"]]
            for entry in bill["components"]
            if "pedigree" in entry
        }
        assert patches == ({"curl": [changes]} if changes else {})

    def test_each_zip_has_the_openssl_that_its_bootstrap_says_it_has(self, bill: dict[str, Any]) -> None:
        references = {entry["bom-ref"]: entry for entry in bill["components"]}
        needs = {entry["ref"]: entry.get("dependsOn", []) for entry in bill["dependencies"]}
        for function in FUNCTIONS:
            found = re.search(rb"\0OpenSSL (\d+\.\d+\.\d+) ", bootstrap(function).read_bytes())
            assert found is not None
            (openssl,) = (
                references[name] for name in needs[f"{function}.zip"] if references[name]["name"] == "openssl"
            )
            assert openssl["version"].startswith(f"{found[1].decode()}-")

    def test_bill_and_notices_are_the_same_bytes_again(self, bill: dict[str, Any], tmp_path: Path) -> None:
        for function in FUNCTIONS:
            shutil.copy(ROOT / f"dist/{function}.zip", tmp_path)
        command = [
            *(sys.executable, ROOT / "scripts/sbom.py", "--maps", ROOT / ".build-static"),
            *("--curl", ROOT / ".local/curl", "--dist", tmp_path, *FUNCTIONS),
        ]
        environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
        subprocess.run(command, check=True, env=environment)
        for name in ("sbom.cdx.json", "NOTICES.txt"):
            assert (tmp_path / name).read_bytes() == (ROOT / "dist" / name).read_bytes()

        subprocess.run(command, check=True, env=environment | {"SOURCE_DATE_EPOCH": "1756303200"})
        dated = json.loads((tmp_path / "sbom.cdx.json").read_text())
        assert dated["metadata"]["timestamp"] == "2025-08-27T14:00:00Z"
        assert dated["components"] == bill["components"]
        assert dated["serialNumber"] != bill["serialNumber"]

    def test_the_notices_have_the_text_of_each_licence(self, bill: dict[str, Any]) -> None:
        notices = (ROOT / "dist/NOTICES.txt").read_text()
        for entry in bill["components"]:
            if entry["type"] != "application":
                assert f"\n{entry['name']} {entry['version']}\n" in notices
        for text in (
            "COPYRIGHT AND PERMISSION NOTICE",
            "Apache License",
            "Runtime Library Exception to the Apache 2.0 License",
            "GNU LESSER GENERAL PUBLIC LICENSE",
            "GCC RUNTIME LIBRARY EXCEPTION",
            "Mozilla Public License",
            "Jean-loup Gailly",
        ):
            assert text in notices
        assert "licence text is not on the machine" not in notices


@pytest.fixture
def configuration(stack: Stack, runtime_api: type[RuntimeAPI]) -> dict[str, str]:
    """What Lambda gives the deployed writer, and this test's Runtime API."""
    name = stack.function_name("OrderWriter")
    deployed = stack.client("lambda").get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    return deployed | {
        "AWS_LAMBDA_RUNTIME_API": runtime_api.address,
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_REGION": stack.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


def test_a_bootstrap_runs_in_an_otherwise_empty_root(
    runtime_api: type[RuntimeAPI], configuration: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "proc").mkdir()
    shutil.copy(bootstrap("OrderWriter"), tmp_path / "bootstrap")
    # A mount namespace of its own: the mount ends with the process. As a user, inside a user namespace.
    namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    probe = subprocess.run([*namespace, "mount", "--rbind", "/proc", tmp_path / "proc"], check=False)
    if probe.returncode != 0:
        pytest.skip("this machine allows no mount namespaces")
    script = f'mount --rbind /proc "{tmp_path}/proc" && exec chroot "{tmp_path}" /bootstrap'
    path, body, output = first_post(runtime_api, [*namespace, "sh", "-c", script], configuration)
    assert path.endswith("/response"), f"{body!r} {output}"
    assert json.loads(body) == {"batchItemFailures": []}


def test_names_are_resolved_without_the_machines_modules(
    runtime_api: type[RuntimeAPI], configuration: dict[str, str], tmp_path: Path
) -> None:
    """With a module glibc would load the machine's own libc into the static executable."""
    services = tmp_path / "nsswitch.conf"
    services.write_text("hosts: hesiod files dns\n")
    namespace = ["unshare", "--user", "--map-root-user", "--mount"]
    mount = f'mount --bind "{services}" /etc/nsswitch.conf'
    if subprocess.run([*namespace, "sh", "-c", mount], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine allows no mount namespaces")
    body = json.dumps({"orderId": "O-1", "timestamp": "2025-08-27T10:00:00Z", "status": "new"})
    message = {"messageId": "m-1", "body": body, "eventSource": "aws:sqs", "attributes": {}}
    runtime_api.events[:] = [json.dumps({"Records": [message]}).encode()]
    runtime_api.seconds = 3
    process = subprocess.Popen(
        [*namespace, "sh", "-c", f"{mount} && exec {bootstrap('OrderWriter')}"],
        env=configuration | {"AWS_ENDPOINT_URL": "http://nowhere.invalid:1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert runtime_api.answered.wait(20)
        mapped = Path(f"/proc/{process.pid}/maps").read_text()
    finally:
        process.kill()
        process.wait()
    assert runtime_api.answers[0][1] == b'{"batchItemFailures":[{"itemIdentifier":"m-1"}]}'
    assert ".so" not in mapped


def test_a_missing_variable_is_an_init_error_that_names_it(
    runtime_api: type[RuntimeAPI], configuration: dict[str, str]
) -> None:
    del configuration["ORDERS_TABLE"]
    path, body, _ = first_post(runtime_api, [str(bootstrap("OrderWriter"))], configuration)
    assert path.endswith("/runtime/init/error")
    assert "ORDERS_TABLE" in json.loads(body)["errorMessage"]


def test_everything_of_the_local_stack_listens_on_loopback_only(stack: Stack) -> None:
    """Servers, bootstraps and the Pipes are children of a run directory below .local."""
    listening = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout.splitlines()
    port = stack.endpoint_url.rpartition(":")[2]
    ours = [line.split() for line in listening if f":{port} " in line or "bootstrap" in line or "orders" in line]
    assert ours
    assert [columns[3] for columns in ours if not columns[3].startswith("127.0.0.1:")] == []
