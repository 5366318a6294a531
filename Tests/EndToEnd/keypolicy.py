"""The policy of a key of one's own, as docs/security.md has it."""

from __future__ import annotations

import json
import re
from typing import Any

from pipeline.stack import ROOT


def documented(**names: str) -> dict[str, dict[str, Any]]:
    """Its statements by their Sid, with these in place of ACCOUNT, REGION and STACK."""
    text = (ROOT / "docs/security.md").read_text()
    blocks = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    found = [json.loads(re.sub(r"\b(ACCOUNT|REGION|STACK)\b", lambda n: names.get(n[0], n[0]), it)) for it in blocks]
    return {one["Sid"]: one for block in found for one in (block if isinstance(block, list) else [block])}
