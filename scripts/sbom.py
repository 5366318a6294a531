"""Says what the bootstraps are made of, by what the linker took. Run by scripts/build with the Python of .local/venv.

sbom.py --maps DIRECTORY --curl DIRECTORY --dist DIRECTORY FUNCTION…

Reads the linker's map of each function (FUNCTION.map), asks dpkg which package each library is of, and writes
dist/sbom.cdx.json, a bill of materials in CycloneDX 1.6, and dist/NOTICES.txt, the licences of everything in the zips.
Both are the same bytes whenever what they describe is; SOURCE_DATE_EPOCH gives the bill a time.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

PROJECT = "order-event-pipeline"
ROOT = Path(__file__).resolve().parent.parent
CURL_LIBRARY = "libcurl-minimal.a"
COMMON_LICENCES = Path("/usr/share/common-licenses")

# By Debian's name of the source package: the licence, as an SPDX expression, of what of it comes into a bootstrap.
LICENCES = {
    "ca-certificates": "MPL-2.0",
    "curl": "curl",
    "gcc": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "glibc": "LGPL-2.1-or-later",
    "libdeflate": "MIT",
    "openssl": "Apache-2.0",
    "swift": "Apache-2.0 WITH Swift-exception",
    "swift-corelibs-libdispatch": "Apache-2.0 WITH Swift-exception",
    "zlib": "Zlib",
}

HEADER = """\
What the zips in this folder contain beside this project's own code, and under which licences.
sbom.cdx.json has the same list for programs.

glibc is linked statically, under the LGPL. Its section 6 lets you use a glibc of your own instead: this project's
source is complete, and scripts/build links it with the libc.a that is installed.
"""


@dataclass
class Component:
    """A source package, of which some libraries or files are in the zips."""

    name: str
    version: str | None
    purl: str | None
    notice: Path | None
    files: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    source: dict[str, str] | None = None
    # What was changed before it was compiled, as a unified diff.
    changes: str | None = None

    @property
    def licence(self) -> str | None:
        return LICENCES.get(re.sub(r"^gcc-\d+$", "gcc", self.name))

    @property
    def reference(self) -> str:
        return self.purl or self.name


class Inventory:
    """The components, each found once."""

    def __init__(self, curl: Path, packages: dict[Path, str]) -> None:
        self.curl = curl
        self.packages = packages
        self.components: dict[str, Component] = {}
        self.by_path: dict[Path, Component] = {}

    def add(self, path: Path, function: str) -> None:
        """Counts a library or file of another project as part of a function."""
        if path not in self.by_path:
            found = self.component(path)
            self.by_path[path] = self.components.setdefault(found.reference, found)
        self.by_path[path].files.add(path.name)
        self.by_path[path].functions.add(function)

    def component(self, path: Path) -> Component:
        if path.name == CURL_LIBRARY:
            return self.curl_component()
        if "swift_static" in path.parts:
            return swift_component(path)
        if path in self.packages:
            return packaged_component(self.packages[path])
        # There is no dpkg, or it does not know the file.
        return Component(path.name, None, None, None)

    def curl_component(self) -> Component:
        """What scripts/setup built: a distribution's package, or a tarball that was given to it."""
        facts = dict(line.split("=", 1) for line in (self.curl / "source").read_text().splitlines())
        if facts["version"] == "unpackaged":
            header = (self.curl / "include/curl/curlver.h").read_text()
            version = re.search(r'LIBCURL_VERSION "([^"]+)"', header).group(1)
            purl = f"pkg:generic/curl@{version}?checksum=sha256:{facts['sha256']}"
        else:
            version = facts["version"]
            purl = debian_purl("curl", version)
        changes = (self.curl / "changes.diff").read_text()
        return Component("curl", version, purl, self.curl / "COPYING", source=facts, changes=changes or None)


def swift_component(path: Path) -> Component:
    """Swift's libraries are of the toolchain that compiles, and so is their licence."""
    version, tag = re.search(
        r"Swift version (\S+) \((\S+)\)", subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    ).groups()
    name = "swift-corelibs-libdispatch" if path.name in ("libdispatch.a", "libBlocksRuntime.a") else "swift"
    usr = Path(*path.parts[: path.parts.index("swift_static")]).parent
    return Component(name, version, f"pkg:github/swiftlang/{name}@{tag}", usr / "share/swift/LICENSE.txt")


def packages_of(paths: set[Path]) -> dict[Path, str]:
    """The installed packages that files are of. /lib may be a link to /usr/lib, and dpkg knows one of the two names."""
    names = {path: {str(path), str(path.resolve()), str(Path("/", *path.resolve().parts[2:]))} for path in paths}
    listing = output("dpkg-query", "--search", *sorted(set().union(*names.values())))
    owners = {
        name: owner.partition(",")[0] for owner, _, name in (line.partition(": ") for line in listing.splitlines())
    }
    return {path: owners[name] for path, aliases in names.items() for name in aliases if name in owners}


def packaged_component(package: str) -> Component:
    """The source package of an installed package."""
    facts = output("dpkg-query", "--show", "--showformat", "${source:Package} ${source:Version}", package)
    name, version = facts.split(" ")
    notice = Path("/usr/share/doc", package.partition(":")[0], "copyright")
    return Component(name, version, debian_purl(name, version), notice)


def output(*command: str) -> str:
    """What a command prints; nothing if it is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def debian_purl(name: str, version: str) -> str:
    """The package URL of a source package of this Debian or Ubuntu."""
    lines = Path("/etc/os-release").read_text().splitlines()
    system = {key: value.strip('"') for key, _, value in (line.partition("=") for line in lines)}
    release = f"{system['ID']}-{system['VERSION_ID']}" if "VERSION_ID" in system else system["ID"]
    return f"pkg:deb/{system['ID']}/{name}@{quote(version, safe=':')}?arch=source&distro={release}"


def linked_files(linker_map: Path) -> list[Path]:
    """Which libraries and start files outside this project the linker took something of (gold's, lld's or ld's map)."""
    text = linker_map.read_text(errors="replace")
    found = {Path(name) for name in re.findall(r"(?<![\w.])/[^ ():\n]+\.(?:a|o)\b", text)}
    # By its name alone: this checkout's path may have spaces in it.
    curl = {Path(CURL_LIBRARY)} if re.search(rf"/{re.escape(CURL_LIBRARY)}\b", text) else set()
    others = {path for path in found if path.name != CURL_LIBRARY and path.is_file() and not path.is_relative_to(ROOT)}
    if not any(path.name == "libc.a" for path in others):
        raise SystemExit(f"sbom.py: {linker_map} names no libc.a; it is no map of a static executable")
    return sorted(others | curl)


def inventory(functions: list[str], maps: Path, curl: Path) -> list[Component]:
    """Everything in the functions' zips that is not of this project, by name."""
    roots = Path("/usr/share/ca-certificates/mozilla/Amazon_Root_CA_1.crt")
    linked = {function: [*linked_files(maps / f"{function}.map"), roots] for function in functions}
    found = Inventory(curl, packages_of({path for paths in linked.values() for path in paths}))
    for function, paths in linked.items():
        for path in paths:
            found.add(path, function)
    for component in found.components.values():
        if component.name == "ca-certificates":
            component.files = {"amazon-roots"}
    return sorted(found.components.values(), key=lambda component: component.name)


def notices(components: list[Component]) -> str:
    """The licence texts, and once each the texts that Debian's refer to."""
    parts = [HEADER]
    common: set[str] = set()
    for component in components:
        title = f"{component.name} {component.version or ''}".strip()
        parts.append(heading(title) + f"Licence: {component.licence or 'see below'}\n")
        parts.append(f"Files: {', '.join(sorted(component.files))}\n")
        if component.notice is None or not component.notice.is_file():
            print(f"sbom.py: no licence text of {title} on this machine; dist/NOTICES.txt lacks it", file=sys.stderr)
            parts.append("Its licence text is not on the machine that built this.\n")
            continue
        text = component.notice.read_text(errors="replace")
        common |= set(re.findall(rf"{COMMON_LICENCES}/([\w.+-]*\w)", text))
        parts.append(text.strip() + "\n")
    for name in sorted(common):
        if (COMMON_LICENCES / name).is_file():
            parts.append(heading(f"{COMMON_LICENCES}/{name}"))
            parts.append((COMMON_LICENCES / name).read_text(errors="replace").strip("\n") + "\n")
    return "\n".join(parts)


def heading(title: str) -> str:
    return f"{'=' * 100}\n{title}\n{'=' * 100}\n"


def sha256(path: Path) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}]


def described(component: Component) -> dict[str, object]:
    """A component as CycloneDX has it."""
    entry: dict[str, object] = {
        "type": "data" if component.name == "ca-certificates" else "library",
        "bom-ref": component.reference,
        "name": component.name,
    }
    if component.version:
        entry["version"] = component.version
    if component.licence:
        entry["licenses"] = [{"expression": component.licence}]
    if component.purl:
        entry["purl"] = component.purl
    if component.source:
        hashes = [{"alg": "SHA-256", "content": component.source["sha256"]}]
        tarball = quote(component.source["tarball"])
        entry["externalReferences"] = [{"type": "source-distribution", "url": tarball, "hashes": hashes}]
    if component.changes:
        entry["pedigree"] = {"patches": [{"type": "unofficial", "diff": {"text": {"content": component.changes}}}]}
    entry["evidence"] = {"occurrences": [{"location": name} for name in sorted(component.files)]}
    return entry


def bill(functions: list[str], components: list[Component], dist: Path) -> dict[str, object]:
    """The bill of materials: the zips with their hashes, what is in them, and which has what."""
    licence = [{"expression": "MIT"}]
    zips = [
        {
            "type": "application",
            "bom-ref": f"{function}.zip",
            "name": f"{function}.zip",
            "licenses": licence,
            "hashes": sha256(dist / f"{function}.zip"),
        }
        for function in functions
    ]
    metadata: dict[str, object] = {
        "lifecycles": [{"phase": "build"}],
        "component": {"type": "application", "bom-ref": PROJECT, "name": PROJECT, "licenses": licence},
    }
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        metadata["timestamp"] = datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    content = {
        "version": 1,
        "metadata": metadata,
        "components": zips + [described(component) for component in components],
        "dependencies": [{"ref": PROJECT, "dependsOn": [entry["bom-ref"] for entry in zips]}]
        + [
            {
                "ref": f"{function}.zip",
                "dependsOn": [component.reference for component in components if function in component.functions],
            }
            for function in functions
        ]
        + [{"ref": component.reference} for component in components],
    }
    # Made of the content instead of chance: another content is another bill.
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(content, sort_keys=True))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
    } | content


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for folder in ("maps", "curl", "dist"):
        parser.add_argument(f"--{folder}", type=Path, required=True)
    parser.add_argument("functions", nargs="+")
    arguments = parser.parse_args()
    components = inventory(arguments.functions, arguments.maps, arguments.curl)
    text = json.dumps(bill(arguments.functions, components, arguments.dist), indent=2) + "\n"
    (arguments.dist / "sbom.cdx.json").write_text(text)
    (arguments.dist / "NOTICES.txt").write_text(notices(components))


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(f"sbom.py: {error}")
