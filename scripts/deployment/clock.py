"""The time, which a test moves by hand."""

from __future__ import annotations

import datetime
import time


class Clock:
    """That of this machine."""

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
