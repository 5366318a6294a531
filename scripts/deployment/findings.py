"""What checks before a deployment have found."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Findings:
    """What a deployment must not be started with, and what its operator should know."""

    refusals: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def refuse(self, text: str) -> None:
        self.refusals.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)
