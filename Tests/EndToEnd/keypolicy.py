"""The policy of a key of one's own, as docs/security.md has it."""

from __future__ import annotations

import json
import re
from typing import Any

from pipeline.stack import ROOT


def documented(**names: str) -> dict[str, dict[str, Any]]:
    """Its statements by their Sid, with these in place of ACCOUNT, PARTITION, REGION and STACK."""
    text = (ROOT / "docs/security.md").read_text()
    blocks = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    place = re.compile(r"\b(ACCOUNT|PARTITION|REGION|STACK)\b")
    found = [json.loads(place.sub(lambda name: names.get(name[0], name[0]), block)) for block in blocks]
    return {one["Sid"]: one for block in found for one in (block if isinstance(block, list) else [block])}
