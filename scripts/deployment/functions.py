"""The functions in dist/: whether they are what the sources say, and which processor they are for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from .errors import DeploymentError
from .template import Template

ROOT = Path(__file__).resolve().parents[2]
# What no bootstrap has in it, so that a change there leaves the functions as they are.
TOOL_ONLY = ("OrdersCommand", "PipesRunner", "EventPatterns", "AWSOperations", "RuntimeProbe")


def newest_source(root: Path) -> float:
    """When the newest of the functions' sources was changed; a folder's time says when a file came or went."""
    files = [root / "Package.swift"]
    for folder in root.glob("Sources/*"):
        if folder.name not in TOOL_ONLY:
            files += [folder, *folder.rglob("*")]
    return max((file.stat().st_mtime for file in files if file.exists()), default=0.0)


def stale_functions(root: Path, zips: list[Path]) -> list[str]:
    """Functions whose zip is missing, or older than what it is built from."""
    newest = newest_source(root)
    return [path.stem for path in zips if not path.exists() or _built(root, path) < newest]


def _built(root: Path, path: Path) -> float:
    """When its build began, as scripts/build notes it: what was edited while it went on is not in it."""
    stamp = root / ".build-static" / f"{path.stem}.stamp"
    return min(file.stat().st_mtime for file in (path, stamp) if file.exists())


def built_architecture(template: Template, folder: Path) -> str:
    """Lambda's name for the processor that the functions are for; built first where one is missing or out of date."""
    zips = [folder / code for code in template.code_files]
    # A release is what it is.
    stale = stale_functions(folder, zips) if folder == ROOT else []
    if stale and shutil.which("swift") is None:
        raise DeploymentError(
            f"{', '.join(stale)}: missing in dist/, or older than Sources/, and there is no Swift here to build them: "
            "build where Swift is, or deploy what scripts/package has made there with --release"
        )
    if stale and subprocess.run([ROOT / "scripts/build"], stdout=sys.stderr, check=False).returncode != 0:
        raise DeploymentError("the functions could not be built (see above)")
    command = [sys.executable, str(ROOT / "scripts/artifact.py"), "architecture", *map(str, zips)]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        raise DeploymentError("the functions in dist/ cannot be deployed (see above)")
    return result.stdout.strip()
