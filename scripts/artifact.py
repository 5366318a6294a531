"""Looks into a linked executable and packs it for Lambda. Run by the Python of .local/venv.

artifact.py architecture FILE…              arm64 or x86_64, from the ELF header, of executables or of zips with a
                                            bootstrap in them; files of different ones are refused
artifact.py check [--runtime-only] FILE [LIBRARY…]
                                            an unstripped bootstrap: fully static, hardened, with no Foundation and no
                                            Regex in it; and static C libraries in it: hardened
artifact.py zip --limit BYTES --directory DIRECTORY OUT NAME…
                                            a reproducible zip of files and folders in DIRECTORY: sorted names,
                                            fixed times, modes kept
"""

import argparse
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import deflate

MACHINES = {62: "x86_64", 183: "arm64"}

PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
PT_GNU_STACK, PT_GNU_RELRO = 0x6474E551, 0x6474E552
EXECUTABLE, WRITABLE = 1, 2

# Symbols that only these libraries define. Swift mangles a module's name as its length and the name.
FORBIDDEN = {
    "Foundation": re.compile(r"\$s.*(10Foundation|20FoundationEssentials|29FoundationInternationalization)"),
    "CoreFoundation": re.compile(r"_?CF(StringCreate|Retain|Release|AllocatorGetDefault)"),
    "ICU": re.compile(r"(_ZN?K?\d*.*6icu_|icu_\d|u(cal|dat|num|loc|col|brk)_(open|close|getDefault))"),
    # Searching a string for a text (contains, firstRange, replacing) is enough to link it: 1 MB.
    "the Regex engine": re.compile(r"\$s.*(12_RegexParser|17_StringProcessing)"),
    "a package that only the command-line tool may use": re.compile(
        r"\$s(14ArgumentParser|4Yams|9FlyingFox|11FlyingSocks)"
    ),
}
# RuntimeProbe links the runtime alone, so none of what the AWS client needs.
RUNTIME_ONLY = {
    "libcurl": re.compile(r"curl_easy_init$"),
    "OpenSSL": re.compile(r"(SSL_CTX_new|EVP_DigestInit_ex)$"),
    "zlib": re.compile(r"deflateInit2_$"),
    "libdeflate": re.compile(r"libdeflate_alloc_compressor$"),
}

# Zip files know no time before 1980-01-01; a constant makes equal content give equal bytes.
ZIP_TIME, ZIP_DATE = 0, 1 << 5 | 1
ZIP_VERSION = 20
ZIP_DEFLATED = 8
MADE_ON_UNIX = 3 << 8  # whose file modes Lambda reads
# libdeflate's best: 3.5 % smaller than zlib's, and every function pays for its size at each cold start.
COMPRESSION_LEVEL = 12


class ArtifactError(Exception):
    """What is wrong with a file, and what to do about it."""


def elf_header(path: Path) -> bytes:
    """The first 64 bytes of a little-endian 64-bit ELF file, or of the bootstrap in a zip."""
    with path.open("rb") as file:
        header = file.read(64)
    if header[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(path) as archive, archive.open("bootstrap") as file:
                header = file.read(64)
        except (KeyError, zipfile.BadZipFile) as error:
            raise ArtifactError(f"{path} is no function's zip: {error}; build it with scripts/build") from error
    if header[:6] != b"\x7fELF\x02\x01":
        raise ArtifactError(f"{path} is no 64-bit Linux executable; build it with scripts/build")
    return header


def architecture(path: Path) -> str:
    """Lambda's name for the processor the file was built for."""
    (machine,) = struct.unpack_from("<H", elf_header(path), 18)
    if machine not in MACHINES:
        raise ArtifactError(f"{path} is built for ELF machine {machine}; Lambda runs arm64 and x86_64 only")
    return MACHINES[machine]


def common_architecture(paths: list[Path]) -> str:
    """The one architecture of all files: a stack's functions share the template's parameter."""
    found = {str(path): architecture(path) for path in paths}
    if len(set(found.values())) != 1:
        listing = "\n".join(f"  {name}: {machine}" for name, machine in found.items())
        raise ArtifactError(f"the files are built for different processors; run scripts/build\n{listing}")
    return next(iter(found.values()))


def segments(path: Path) -> list[tuple[int, int]]:
    """The program headers of an ELF file: kind and permissions of each."""
    header = elf_header(path)
    (offset,) = struct.unpack_from("<Q", header, 32)
    size, count = struct.unpack_from("<HH", header, 54)
    with path.open("rb") as file:
        file.seek(offset)
        table = file.read(size * count)
    return [struct.unpack_from("<II", table, index * size) for index in range(count)]


def hardening_gaps(found: list[tuple[int, int]]) -> list[str]:
    """What an executable with these segments lacks of what scripts/lib.sh has the linker do."""
    flags = dict(found)
    loaded = [flags for kind, flags in found if kind == PT_LOAD]
    gaps = {
        "memory is writable and executable at once": any(flags & WRITABLE and flags & EXECUTABLE for flags in loaded),
        "the stack is executable": flags.get(PT_GNU_STACK, EXECUTABLE) & EXECUTABLE,
        "relocated constants stay writable (no RELRO)": PT_GNU_RELRO not in flags,
        "constants lie in executable memory": not any(not flags & (WRITABLE | EXECUTABLE) for flags in loaded),
    }
    return [gap for gap, present in gaps.items() if present]


def symbols(path: Path, *options: str) -> list[str]:
    """What nm lists of an executable or a static library."""
    listing = subprocess.run(["nm", "--format=just-symbols", *options, path], capture_output=True, text=True)
    if listing.returncode != 0:
        raise ArtifactError(f"nm cannot read {path}: {listing.stderr.strip()}")
    return listing.stdout.split("\n")


def check(path: Path, runtime_only: bool) -> None:
    """Refuses what must not be in a bootstrap, by what was linked rather than by what was imported."""
    found = segments(path)
    if {kind for kind, _ in found} & {PT_INTERP, PT_DYNAMIC}:
        raise ArtifactError(f"{path} is not fully static; it would depend on the libraries of Lambda's system")
    if gaps := hardening_gaps(found):
        raise ArtifactError(f"{path} is not hardened: {'; '.join(gaps)}")
    defined = symbols(path, "--defined-only")
    if len(defined) < 1000:
        raise ArtifactError(f"{path} has no symbols to check; it must be checked before it is stripped")
    for library, pattern in (FORBIDDEN | (RUNTIME_ONLY if runtime_only else {})).items():
        offender = next((symbol for symbol in defined if pattern.match(symbol)), None)
        if offender:
            raise ArtifactError(f"{path} links {library}, which must not be in it (symbol {offender})")


def check_library(path: Path) -> None:
    """Refuses a static C library whose code neither checks its stack nor the bounds of what it copies."""
    called = symbols(path, "--undefined-only")
    if "__stack_chk_fail" not in called:
        raise ArtifactError(f"{path} is built without -fstack-protector-strong; build it again by scripts/setup")
    if not any(re.fullmatch(r"__\w+_chk", symbol) for symbol in called):
        raise ArtifactError(f"{path} is built without -D_FORTIFY_SOURCE=2; build it again by scripts/setup")


def below(folder: Path, names: list[str]) -> list[str]:
    """The files that the names stand for, those of directories included, as paths in `folder`, sorted."""
    found: set[Path] = set()
    for name in names:
        path = folder / name
        found |= {file for file in path.rglob("*") if file.is_file()} if path.is_dir() else {path}
    return sorted(file.relative_to(folder).as_posix() for file in found)


def pack(out: Path, folder: Path, names: list[str], limit: int) -> None:
    """Writes what the names stand for into a zip. By hand, since zipfile compresses with zlib only."""
    body, directory = bytearray(), bytearray()
    files = below(folder, names)
    for path in files:
        file = folder / path
        name, content = path.encode(), file.read_bytes()
        packed = bytes(deflate.deflate_compress(content, COMPRESSION_LEVEL))
        mode = 0o100755 if file.stat().st_mode & 0o100 else 0o100644
        head = struct.pack(
            "<HHHHHIIIHH",
            *(ZIP_VERSION, 0, ZIP_DEFLATED, ZIP_TIME, ZIP_DATE),
            *(zlib.crc32(content), len(packed), len(content), len(name), 0),
        )
        directory += struct.pack("<IH", 0x02014B50, MADE_ON_UNIX | ZIP_VERSION) + head
        directory += struct.pack("<HHHII", 0, 0, 0, mode << 16, len(body)) + name
        body += struct.pack("<I", 0x04034B50) + head + name + packed
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, len(files), len(files), len(directory), len(body), 0)
    size = len(body) + len(directory) + len(end)
    if size > limit:
        raise ArtifactError(f"{out} would have {size:,} bytes, more than its limit of {limit:,}")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(body + directory + end)
    with zipfile.ZipFile(out) as archive:
        if damaged := archive.testzip():
            raise ArtifactError(f"{out} cannot be read back: {damaged}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("architecture")
    command.add_argument("files", nargs="+", type=Path)
    command = commands.add_parser("check")
    command.add_argument("--runtime-only", action="store_true")
    command.add_argument("file", type=Path)
    command.add_argument("libraries", nargs="*", type=Path)
    command = commands.add_parser("zip")
    command.add_argument("--limit", type=int, required=True)
    command.add_argument("--directory", type=Path, required=True)
    command.add_argument("out", type=Path)
    command.add_argument("names", nargs="+")
    arguments = parser.parse_args()
    match arguments.command:
        case "architecture":
            print(common_architecture(arguments.files))
        case "check":
            check(arguments.file, arguments.runtime_only)
            for library in arguments.libraries:
                check_library(library)
        case "zip":
            pack(arguments.out, arguments.directory, arguments.names, arguments.limit)


if __name__ == "__main__":
    try:
        main()
    except (ArtifactError, OSError) as error:
        sys.exit(f"artifact.py: {error}")
