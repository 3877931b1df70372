"""The dbt project as Dagster sees it: which target, and a manifest that is up to date."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from dagster_dbt import DbtProject

from orchestration.warehouse import PROJECT_DIR, target_name

SOURCE_FOLDERS = ("models", "macros", "seeds", "tests", "docs")
DBT = Path(sys.executable).parent / "dbt"


def dbt_project() -> DbtProject:
    """The project on the target that CDP_TARGET names. Raises WarehouseUnavailable.

    profiles.yml reads CDP_TARGET. A target on dbt's command line as well would make it another
    project to dbt than the one it has parsed, and each run would parse it anew: half a minute."""
    target_name()
    return DbtProject(
        project_dir=PROJECT_DIR,
        profiles_dir=PROJECT_DIR,
        target_path=os.environ.get("DBT_TARGET_PATH", "target"),
    )


def manifest_is_stale(manifest: Path) -> bool:
    """Whether a project file is newer than the manifest, or there is none."""
    if not manifest.exists():
        return True
    built = manifest.stat().st_mtime
    files = [PROJECT_DIR / "dbt_project.yml", PROJECT_DIR / "profiles.yml"]
    for folder in SOURCE_FOLDERS:
        files += [path for path in (PROJECT_DIR / folder).rglob("*") if path.is_file()]
    return any(path.stat().st_mtime > built for path in files)


def manifest() -> dict[str, Any]:
    """dbt's manifest, parsed anew when the project changed. Raises CalledProcessError with dbt's
    message when the project does not parse."""
    return manifest_at(manifest_path())


def manifest_path() -> Path:
    """Where dbt writes what it knows of the project."""
    return PROJECT_DIR / os.environ.get("DBT_TARGET_PATH", "target") / "manifest.json"


@cache
def manifest_at(path: Path) -> dict[str, Any]:
    """The manifest that dbt writes to this path; read once in a process. Dagster loads the project
    in several processes at once: one parses it, the others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / "manifest.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if manifest_is_stale(path):
            subprocess.run(  # noqa: S603 - our own dbt on our own project
                [str(DBT), "--quiet", "parse", "--no-version-check"], cwd=PROJECT_DIR, check=True
            )
        return json.loads(path.read_text(encoding="utf-8"))


def source_tables(written_by_loaders: bool = True) -> list[dict[str, Any]]:
    """The tables that the manifest declares as sources: those that loaders write, or else those of
    the sync engine's ledger and the demo's truth."""
    return sorted(
        (
            node
            for node in manifest()["sources"].values()
            if node["path"].startswith("models/staging") == written_by_loaders
        ),
        key=lambda node: (node["source_name"], node["name"]),
    )


def sync_declarations() -> dict[str, dict[str, Any]]:
    """What each file in models/activation/destinations declares, by <destination>__<object>."""
    return {
        node["name"].removeprefix("sync_"): node["config"]["meta"]["sync"]
        for node in manifest()["nodes"].values()
        if node["resource_type"] == "model" and "sync" in node["config"]["meta"]
    }


def sync_names() -> list[str]:
    """The syncs of the project."""
    return sorted(sync_declarations())


def sync_declaration(sync_name: str) -> dict[str, Any]:
    """What one sync's file declares."""
    return sync_declarations()[sync_name]


def sync_page(sync_name: str) -> str | None:
    """Where the destination shows what a sync keeps there: the url of the sync's exposure."""
    pages = {node["name"]: node.get("url") for node in manifest()["exposures"].values()}
    return pages.get(sync_name)
