"""The public SDKs make the same observations; 14.x, which conflicts with 15.x, in its own virtual environment."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from emulator.clients.environments import environment, run_story

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.emulator import Emulator

SEEN = {
    "pool": {"state": "active", "allocationState": "steady", "vmSize": "standard_d2s_v3", "currentDedicatedNodes": 1},
    "start tasks": [0],
    "a second pool of that id": "409 PoolExists",
    "a second task of that id": "409 TaskExists",
    "a task without a job": "404 JobNotFound",
    "counts": {"active": 1, "running": 1, "completed": 127, "succeeded": 123, "failed": 4},
    "first": ["completed", 0, "success", None],
    "second": ["completed", 0, "success", None],
    "three": ["completed", 3, "failure", "FailureExitCode"],
    "afterthree": ["completed", 0, "success", None],
    "four": ["completed", 4, "failure", "FailureExitCode"],
    "afterfour": ["active", None, None, None],
    "absent": ["completed", None, "failure", "CommandProgramNotFound"],
    "second began after first": True,
    "failed, two at a time": ["absent", "four", "once", "three"],
    "files": ["stderr.txt", "stdout.txt", "wd", "wd/deep", "wd/deep/digits"],
    "stdout": "started\nprepared\n",
    "whole and part": ["123456789\n", "345"],
    "properties": {"length": 10, "directory": False, "mode": "0o100644"},
    "a missing file": "404 None",
    "reactivated": [["completed", 1, "failure", "FailureExitCode"], ["completed", 0, "success", None]],
    "a task that succeeded": "409 TaskSucceeded",
    "terminated": ["completed", None, "failure", "TaskEnded"],
    "job": "enough",
    "blocked": ["active", None, None, None],
    "preparation and release": [["completed", 0, "completed", 3]],
    "deleted job": "404 JobNotFound",
    "deleted pool": "404 PoolNotFound",
}


@pytest.fixture(scope="module")
def python_with_14(pytestconfig: pytest.Config) -> Path:
    return environment(pytestconfig.cache.mkdir("clients"), "azure-batch-14") / "python"


def run_scenario(python: Path | str, sdk: str, emulator: Emulator) -> Any:
    """Run the scenario on a new account; returns the observations."""
    account = emulator.new_account()
    done = run_story(
        python,
        sdk,
        {
            "AZURE_BATCH_ENDPOINT": emulator.endpoint,
            "AZURE_BATCH_ACCOUNT": account.name,
            "AZURE_BATCH_ACCESS_KEY": account.key.reveal(),
        },
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_azure_batch_15_makes_the_expected_observations(emulator: Emulator) -> None:
    assert run_scenario(sys.executable, "sdk_15", emulator) == SEEN


def test_azure_batch_14_makes_the_same_observations(python_with_14: Path, emulator: Emulator) -> None:
    assert run_scenario(python_with_14, "sdk_14", emulator) == SEEN
