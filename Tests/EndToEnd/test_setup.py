"""What a machine lacks is named by scripts/setup, and what it downloads is what is pinned."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.stack import ROOT
from support import run_script


@pytest.fixture
def bare_path(tmp_path: Path) -> Iterator[Path]:
    """A PATH with everything of /usr/bin and /bin but the programs a test takes out of it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for source in (Path("/usr/bin"), Path("/bin"), Path("/usr/sbin"), Path("/sbin")):
        for program in source.iterdir():
            link = folder / program.name
            # /bin may be /usr/bin, and a link in it may lead nowhere.
            if not re.match(r"(python|swift)", program.name) and not os.path.lexists(link):
                link.symlink_to(program)
    yield folder


def with_path(*folders: Path) -> dict[str, str]:
    return {"PATH": ":".join(map(str, folders)), "HOME": os.environ.get("HOME", "/")}


@pytest.mark.parametrize("script", ["setup", "build", "demo"])
def test_without_swift_it_is_said_where_to_get_it(script: str, bare_path: Path) -> None:
    python = Path(shutil.which("python3") or "/usr/bin/python3").resolve()
    (bare_path / "python3").symlink_to(python)
    result = run_script(script, env=with_path(bare_path), timeout=60)
    assert result.returncode == 1
    assert "no Swift found" in result.stderr
    assert "swift.org" in result.stderr


def test_without_python_it_is_said_what_to_install(bare_path: Path) -> None:
    swift = Path(shutil.which("swift") or "/usr/bin/swift").resolve()
    (bare_path / "swift").symlink_to(swift)
    result = run_script("setup", env=with_path(bare_path), timeout=60)
    assert result.returncode == 1
    assert "Python 3" in result.stderr


def written(program: Path, text: str) -> None:
    program.unlink(missing_ok=True)
    program.write_text(text)
    program.chmod(0o755)


@pytest.fixture
def without_curl(bare_path: Path) -> dict[str, str]:
    """The environment of a machine that has everything but the program curl; its apt-get can only list packages."""
    (bare_path / "python3").symlink_to(Path(shutil.which("python3") or "/usr/bin/python3").resolve())
    (bare_path / "swift").symlink_to(Path(shutil.which("swift") or "/usr/bin/swift").resolve())
    (bare_path / "curl").unlink(missing_ok=True)
    written(bare_path / "apt-get", '#!/bin/sh\n[ "$1" = update ]\n')
    return with_path(bare_path)


def test_a_program_that_only_tests_and_documents_use_is_installed_too(
    without_curl: dict[str, str], checkout: Path
) -> None:
    """The images of Swift have libcurl, and not curl."""
    result = subprocess.run(
        [checkout / "scripts/setup"], capture_output=True, text=True, check=False, env=without_curl, cwd="/"
    )
    assert result.returncode == 1
    assert re.search(r"(Installing|apt-get install -y --no-install-recommends) .*\bcurl\b(?!-|4)", result.stderr)


def test_where_no_apt_is_it_is_said_what_is_needed_before_anything_is_made(
    without_curl: dict[str, str], bare_path: Path, checkout: Path
) -> None:
    (bare_path / "apt-get").unlink()
    result = subprocess.run(
        [checkout / "scripts/setup"], capture_output=True, text=True, check=False, env=without_curl, cwd="/"
    )
    assert result.returncode == 1
    assert "no apt-get" in result.stderr and "Debian 12 or a recent Ubuntu" in result.stderr
    assert list((checkout / ".local").iterdir()) == []


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A copy of scripts/ that every user can read."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=ignored)
        yield folder


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_checkout_that_cannot_be_written_is_named(checkout: Path) -> None:
    swift = checkout / "bin/swift"
    swift.parent.mkdir()
    swift.write_text("#!/bin/sh\n")
    swift.chmod(0o755)
    result = subprocess.run(
        [checkout / "scripts/setup"], capture_output=True, text=True, check=False, cwd="/",
        user=65534, group=65534, extra_groups=[], env=with_path(swift.parent, Path("/usr/local/bin"), Path("/usr/bin")),
    )  # fmt: skip
    assert result.returncode == 1
    assert f"this checkout ({checkout}) is not writable" in result.stderr


@pytest.fixture
def installed(checkout: Path) -> Path:
    """A checkout that has everything in .local; its libcurl was built in another way."""
    for path in (checkout / ".local/curl/lib/libcurl-minimal.a", checkout / ".local/venv/bin/python"):
        path.parent.mkdir(parents=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    shutil.copy(ROOT / "scripts/requirements.lock", checkout / ".local/venv/.requirements")
    (checkout / ".local/venv/.place").write_text(f"{checkout.resolve() / '.local/venv'}\n")
    return checkout


def test_the_environment_of_a_checkout_that_was_moved_is_made_again(installed: Path, tmp_path: Path) -> None:
    setup = [installed / "scripts/setup", "--only-python"]
    (tmp_path / "python3").write_text('#!/bin/sh\ncase "$*" in *-m*venv*) echo no space left; exit 1 ;; esac\n')
    (tmp_path / "python3").chmod(0o755)
    path = with_path(tmp_path, Path("/usr/local/bin"), Path("/usr/bin"), Path("/bin"))

    result = subprocess.run(setup, capture_output=True, text=True, check=False, cwd="/", env=path)
    assert (result.returncode, result.stderr) == (0, "")

    (installed / ".local/venv/.place").write_text("/where/it/was\n")
    result = subprocess.run(setup, capture_output=True, text=True, check=False, cwd="/", env=path)
    assert result.returncode == 1
    assert "Making the Python environment" in result.stderr and "no space left" in result.stderr


def test_libcurl_is_found_where_the_checkout_is_now(installed: Path, tmp_path: Path) -> None:
    moved = tmp_path / "a b"
    installed.rename(moved)
    (moved / ".local/venv/.place").write_text(f"{moved.resolve() / '.local/venv'}\n")
    for name in ("curl", "amazon-roots"):
        shutil.rmtree(moved / ".local" / name, ignore_errors=True)
        shutil.copytree(ROOT / ".local" / name, moved / ".local" / name)
    file = moved / ".local/curl/lib/pkgconfig/libcurl.pc"
    before = file.stat().st_mtime_ns, file.parent.stat().st_mtime_ns

    result = subprocess.run([moved / "scripts/setup"], capture_output=True, text=True, check=False, cwd="/")
    assert result.returncode == 0, result.stderr
    assert "Building" not in result.stderr
    # By the times scripts/build sees whether libcurl is another one.
    assert (file.stat().st_mtime_ns, file.parent.stat().st_mtime_ns) == before
    found = subprocess.run(
        ["pkg-config", "--cflags", "libcurl"], capture_output=True, text=True, check=True,
        env=os.environ | {"PKG_CONFIG_PATH": str(file.parent)},
    ).stdout  # fmt: skip
    assert f"-I{str(moved).replace(' ', chr(92) + ' ')}/.local/curl/include" in found


def test_a_bad_curl_source_keeps_the_libcurl_that_is_there(installed: Path) -> None:
    bad = installed / "curl.tar.gz"
    bad.write_text("no archive")
    sha256 = hashlib.sha256(b"no archive").hexdigest()
    setup = [installed / "scripts/setup", "--curl-source", bad]

    result = subprocess.run(setup, capture_output=True, text=True, check=False, cwd="/")
    assert result.returncode == 1
    assert f"SHA-256 of {bad}: {sha256}" in result.stderr
    assert "no tar archive" in result.stderr

    result = subprocess.run([*setup, "--curl-sha256", sha256], capture_output=True, text=True, check=False, cwd="/")
    assert "no tar archive" in result.stderr
    assert "SHA-256" not in result.stderr

    result = subprocess.run([*setup, "--curl-sha256", "0" * 64], capture_output=True, text=True, check=False, cwd="/")
    assert result.returncode == 1
    assert "has another SHA-256" in result.stderr
    assert "Unpacking" not in result.stderr
    assert (installed / ".local/curl/lib/libcurl-minimal.a").exists()


def packaged_curl(checkout: Path, tarball: str) -> subprocess.CompletedProcess[str]:
    """scripts/setup where the distribution's curl has this tarball, with a content that nobody has the hash of."""
    tools = checkout / "bin"
    tools.mkdir()
    (tools / "apt-get").write_text(
        f"""#!/bin/sh
        case "$*" in
            *indextargets*) echo "Debian http://localhost/ stable main" ;;
            *source*) echo other >{tarball}; echo "Version: 1-1" >curl_1-1.dsc ;;
        esac
        """
    )
    (tools / "dpkg-source").write_text("#!/bin/sh\nmkdir source\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    return subprocess.run(
        [checkout / "scripts/setup"], capture_output=True, text=True, check=False, cwd="/",
        env=os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"},
    )  # fmt: skip


def test_a_curl_source_with_another_hash_than_its_versions_is_not_built(installed: Path) -> None:
    pins = (installed / "scripts/curl-sources.sha256").read_text().splitlines()
    tarball = next(line.split()[1] for line in pins if not line.startswith("#"))
    result = packaged_curl(installed, tarball)
    assert result.returncode == 1
    assert f"{tarball} is not the tarball whose hash" in result.stderr
    assert "Building" not in result.stderr
    assert (installed / ".local/curl/lib/libcurl-minimal.a").exists()


def test_a_curl_version_without_a_pinned_hash_is_named_and_built(installed: Path) -> None:
    result = packaged_curl(installed, "curl_99.0.0.orig.tar.gz")
    assert "curl_99.0.0.orig.tar.gz has no hash in scripts/curl-sources.sha256" in result.stderr
    assert hashlib.sha256(b"other\n").hexdigest() in result.stderr
    assert "Building the static libcurl" in result.stderr


@pytest.mark.parametrize(("built", "is_fetched"), [("7.0-1", True), ("999.0-1", False), (None, False)])
def test_a_libcurl_that_an_upgrade_brought_is_built(installed: Path, built: str | None, is_fetched: bool) -> None:
    """Security updates of the distribution come into the bootstraps by it."""
    for name in ("curl", "amazon-roots"):
        shutil.rmtree(installed / ".local" / name, ignore_errors=True)
        shutil.copytree(ROOT / ".local" / name, installed / ".local" / name, symlinks=True)
    source = installed / ".local/curl/source"
    if built:
        source.write_text(re.sub(r"(?m)^version=.*", f"version={built}", source.read_text()))
    result = packaged_curl(installed, "curl_99.0.0.orig.tar.gz")
    assert ("Fetching the signed source package of libcurl" in result.stderr) == is_fetched
    assert is_fetched or result.returncode == 0
