from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from recipebatch.local.daemon.processes import ProcessIdentity, identity_of
from recipebatch.local.daemon.search import AccountProcesses, all_processes, recorded_processes
from recipebatch.local.folders import Folders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOB_SCRIPT = "src/blob/main.js"
SLEEP = "import time; print('ready', flush=True); time.sleep(600)"


@pytest.fixture
def paths(tmp_path: Path) -> Folders:
    found = Folders(state=tmp_path / "state", cache=tmp_path / "cache")
    found.state.mkdir()
    return found


@pytest.fixture
def started(paths: Folders) -> Iterator[list[ProcessIdentity]]:
    """Programs with the command lines of a service and an Azurite, then those of others, all in the state folder."""
    script = f"/x/node_modules/azurite/dist/{BLOB_SCRIPT}"
    own = ["--require=/y/pin/guard.cjs", script, "--location", str(paths.blobs)]
    others = (
        ["recipe"],
        [f"-m recipebatch.local {' '.join(own)}"],
        ["recipebatch.local", "/home/azurite/notes", str(paths.blobs)],
        [script, "--location", str(paths.blobs)],
        ["--require=/y/pin/guard.cjs", script, "--location", str(paths.state / "other")],
        ["--require=/y/pin/guard.cjs", "/x/azurite.js", "--location", str(paths.blobs)],
    )
    processes = []
    identities = []
    try:
        for arguments in (["-m", "recipebatch.local"], own, *others):
            command = [sys.executable, "-c", SLEEP, *arguments]
            process = subprocess.Popen(command, cwd=paths.state, stdout=subprocess.PIPE)
            processes.append(process)
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            identity = identity_of(process.pid)
            assert identity is not None
            identities.append(identity)
        yield identities
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def record(paths: Folders, service: ProcessIdentity, azurite: ProcessIdentity) -> None:
    paths.record.write_text(json.dumps({"service": asdict(service), "azurite": asdict(azurite)}))


def test_a_record_names_processes_whose_command_lines_fit(paths: Folders, started: list[ProcessIdentity]) -> None:
    service, azurite, *others = started
    record(paths, service, azurite)
    assert recorded_processes(paths) == AccountProcesses((service,), (azurite,))
    record(paths, others[0], ProcessIdentity(azurite.pid, "another start"))
    assert recorded_processes(paths) == AccountProcesses((), ())


def test_a_process_with_a_word_of_ours_in_its_command_line_is_somebody_elses(
    paths: Folders, started: list[ProcessIdentity]
) -> None:
    for other in started[2:]:
        record(paths, other, other)
        assert recorded_processes(paths) == AccountProcesses((), ())


def test_without_a_record_they_are_found_by_their_folder(paths: Folders, started: list[ProcessIdentity]) -> None:
    service, azurite, *_ = started
    assert recorded_processes(paths) == AccountProcesses((), ())
    assert all_processes(paths) == AccountProcesses((service,), (azurite,))
    shutil.rmtree(paths.state)
    assert all_processes(paths) == AccountProcesses((service,), (azurite,))


def test_those_of_another_folder_are_not_found(paths: Folders, started: list[ProcessIdentity], tmp_path: Path) -> None:
    assert len(started) == 8
    (tmp_path / "other").mkdir()
    assert all_processes(Folders(state=tmp_path / "other", cache=paths.cache)) == AccountProcesses((), ())
    assert os.getpid() not in {each.pid for each in all_processes(paths).services}
