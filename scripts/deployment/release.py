"""A release: a zip of the functions, the template, what is in the functions, and the hash of each file.

scripts/package makes one, and scripts/deploy --release takes it, on a machine that needs neither Swift nor a compiler.

    python -m deployment.release FILE
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
import zlib
from pathlib import Path

from .errors import DeploymentError
from .template import Template

SUMS = "SHA256SUMS"
TEMPLATE = "cloudformation.yaml"
BESIDE = ("dist/NOTICES.txt", "dist/sbom.cdx.json", "LICENSE")
# Equal content gives equal bytes; zip files know no time before 1980.
TIME = (1980, 1, 1, 0, 0, 0)
# Of one file of a release when it is unpacked: functions have 6,000,000 bytes at most.
MAXIMUM_BYTES = 64 * 1024 * 1024


def make(root: Path, target: Path) -> list[str]:
    """Writes the release, and gives the names in it."""
    template = Template.parse((root / TEMPLATE).read_text())
    names = sorted([TEMPLATE, *BESIDE, *template.code_files])
    if missing := [name for name in names if not (root / name).is_file()]:
        raise DeploymentError(f"a release needs {', '.join(missing)}: run scripts/build")
    contents = {name: (root / name).read_bytes() for name in names}
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in contents.items())
    contents[SUMS] = sums.encode()
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.new")
    with zipfile.ZipFile(unfinished, "w") as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, TIME)
            # The functions are zips already.
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".zip") else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    unfinished.replace(target)
    return list(contents)


def unpack(release: Path, folder: Path) -> Template:
    """Unpacks it to the folder and gives its template; refuses whatever is not as its hashes have it."""
    try:
        with zipfile.ZipFile(release) as archive:
            entries = archive.infolist()
            if any(entry.file_size > MAXIMUM_BYTES for entry in entries):
                raise DeploymentError(f"{release} holds a file of more than {MAXIMUM_BYTES:,} bytes")
            contents = {entry.filename: archive.read(entry) for entry in entries}
    # What a file says that was damaged on its way: zipfile lets most of it through as it comes.
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise DeploymentError(f"{release} cannot be read as a release: {error}") from error
    if SUMS not in contents or TEMPLATE not in contents:
        raise DeploymentError(f"{release} is no release of scripts/package: it has no {SUMS} or no {TEMPLATE}")
    sums = _sums(contents.pop(SUMS).decode(errors="replace"))
    if wrong := [name for name in sums.keys() | contents.keys() if sums.get(name) != _hash(contents.get(name))]:
        raise DeploymentError(f"{release} is damaged: {', '.join(sorted(wrong))} is not as {SUMS} has it")
    template = Template.parse(contents[TEMPLATE].decode())
    wanted = {TEMPLATE, *BESIDE, *template.code_files}
    # Nothing else is written: a name from a zip may lead anywhere.
    if contents.keys() != wanted:
        odd = ", ".join(sorted(contents.keys() ^ wanted))
        raise DeploymentError(f"{release} has not what its template wants: {odd}")
    for name, content in contents.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise DeploymentError(f"{release} names a file outside of it: {name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return template


def _sums(text: str) -> dict[str, str]:
    lines = [line.split("  ", 1) for line in text.splitlines()]
    return {parts[1]: parts[0] for parts in lines if len(parts) == 2}


def _hash(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    try:
        print("\n".join(make(Path(__file__).resolve().parents[2], Path(sys.argv[1]))))
    except DeploymentError as error:
        sys.exit(f"package: {error}")
