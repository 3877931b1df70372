"""Every SQL, Python and YAML file keeps to the project's style. A test, so that it takes its turn
on a worker and the workers end together."""

import subprocess

import pytest

from orchestration.warehouse import PROJECT_DIR


@pytest.mark.slow
def test_every_file_is_clean() -> None:
    linted = subprocess.run(
        ["./run", "lint"], cwd=PROJECT_DIR, capture_output=True, text=True, check=False
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr
