"""Short progress lines for a person at a terminal, past whatever captures a step's output."""

from __future__ import annotations

import os
import time

_STARTED = time.monotonic()
_FD = os.dup(2)  # Dagster redirects descriptors 1 and 2 while a step runs


def say(message: str) -> None:
    """Writes one line with the seconds since the start; silent unless CDP_PROGRESS is set."""
    if os.environ.get("CDP_PROGRESS"):
        os.write(_FD, f"{time.monotonic() - _STARTED:6.1f} s  {message}\n".encode())
