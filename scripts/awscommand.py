"""The AWS CLI of the virtual environment: the one place that says how it is run."""

from __future__ import annotations

import sys
from pathlib import Path

# Not by its first line, where pip writes the interpreter's path: the kernel does not find one with a space in it, or a
# long one. Nor by -m, with which modules of the folder it works in would come before its own.
AWS = (sys.executable, str(Path(sys.executable).with_name("aws")))
