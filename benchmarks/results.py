"""Writes a benchmark's figures as JSON and as a table."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "results"


def figure(name: str, value: float, unit: str, better: str, target: float | None = None) -> dict:
    """One figure. better: 'lower' or 'higher'; target: null where there is none."""
    return {
        "figure": name,
        "value": round(value, 3),
        "unit": unit,
        "better": better,
        "target": target,
    }


def publish(name: str, figures: list[dict], keep: bool = False) -> None:
    """Prints the figures and writes results/<name>.json with the machine's size beside them. keep:
    figures of other names stay as the file has them."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    path = FOLDER / f"{name}.json"
    fresh = {row["figure"] for row in figures} | {"machine cores", "machine memory"}
    known = json.loads(path.read_text(encoding="utf-8")) if keep and path.exists() else []
    figures = [
        *(row for row in known if row["figure"] not in fresh),
        *figures,
        figure("machine cores", os.cpu_count() or 0, "cores", "higher"),
        figure("machine memory", pages, "GiB", "higher"),
    ]
    FOLDER.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    width = max(len(row["figure"]) for row in figures)
    for row in figures:
        target = "" if row["target"] is None else f"   target {row['target']}"
        sys.stdout.write(
            f"{row['figure']:<{width}}  {row['value']:>12,.3f} {row['unit']}{target}\n"
        )
