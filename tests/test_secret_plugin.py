"""A run of the tests that leaks a secret has a failed test that says so; other programs may show what they like."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from secret_plugin import COMMAND_LINES, FILE, FILES
from secret_search import NOT_WATCHED

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNATURE = "sig=" + "a" * 45
PROCESSES = pytest.mark.parametrize("processes", ["0", "2"])
"""One process for all tests, or two beside the one that the user started."""

BEGIN = """
import subprocess, sys
from command import PRINTED

SIGNATURE = "sig=" + "a" * 45
WAITING = ["/bin/sh", "-c", "read wait", "sh", SIGNATURE]

def test_other():
    pass

"""
DETACHED = """
import subprocess
waiting = ["/bin/sh", "-c", "read wait", "sh", "sig=" + "a" * 45]
subprocess.Popen(waiting, stdin=open("fifo"), start_new_session=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """For a run of its own: what waits for `fifo` there ends with the test, and no file stays."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-config -p no:cacheprovider\n")
    (folder / "conftest.py").write_text('pytest_plugins = ["secret_plugin"]\n')
    os.mkfifo(folder / "fifo")
    held = os.open(folder / "fifo", os.O_RDWR)
    try:
        yield folder
    finally:
        os.close(held)
        shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def _foreign_programs() -> Iterator[None]:
    """Programs that no run below started show a signature: one of another run's, and one that nothing is known of."""
    script = 'env -i /bin/sh -c "echo ready; read wait" sh "$0"; true'
    with subprocess.Popen(
        ["/bin/sh", "-c", script, SIGNATURE],
        env=os.environ | NOT_WATCHED,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as shell:
        assert shell.stdout is not None
        assert shell.stdout.readline() == b"ready\n"
        yield


def run(folder: Path, processes: str, test: str) -> subprocess.CompletedProcess[str]:
    """Run a module with this test, apart from the run of this one."""
    (folder / "test_it.py").write_text(BEGIN + test)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", processes, "--basetemp=made", "--junit-xml=report.xml"],
        cwd=folder,
        env=kept | NOT_WATCHED | {"PYTHONPATH": str(Path(__file__).parent)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert SIGNATURE not in done.stdout + done.stderr + (folder / "report.xml").read_text()
    return done


def failed(folder: Path) -> list[str]:
    """The names of the failed tests in the report for machines."""
    cases = ET.parse(folder / "report.xml").getroot().iter("testcase")  # noqa: S314 - this test wrote it
    return [case.attrib["name"] for case in cases if case.find("failure") is not None or case.find("error") is not None]


@PROCESSES
def test_a_run_without_leaks_passes_whatever_other_programs_show(folder: Path, processes: str) -> None:
    done = run(folder, processes, "def test_it(): print('all is well')\n")
    assert done.returncode == 0, done.stdout
    assert " 4 passed" in done.stdout
    assert "[100%]" in done.stdout
    assert failed(folder) == []


@PROCESSES
@pytest.mark.parametrize(
    ("name", "test"),
    [
        (FILES, "def test_it(tmp_path): (tmp_path / 'log').write_text(SIGNATURE)\n"),
        (COMMAND_LINES, "def test_it(): subprocess.Popen(WAITING, stdin=open('fifo'))\n"),
        (COMMAND_LINES, f"def test_it(): subprocess.run([sys.executable, '-c', {DETACHED!r}], check=True)\n"),
    ],
    ids=["file", "command line", "command line of a detached process"],
)
def test_a_leak_of_the_run_is_a_failed_test(folder: Path, processes: str, name: str, test: str) -> None:
    done = run(folder, processes, test)
    assert done.returncode == 1, done.stdout
    assert f"FAILED {FILE}::{name}" in done.stdout
    assert " 1 failed, 3 passed" in done.stdout
    assert "test_it" in done.stdout.partition(" FAILURES ")[2].partition(" short test summary ")[0]
    assert failed(folder) == [name]


@PROCESSES
@pytest.mark.parametrize("leak", ["print(SIGNATURE)", "PRINTED.append(SIGNATURE)"], ids=["test", "command"])
def test_a_test_that_prints_a_secret_fails(folder: Path, processes: str, leak: str) -> None:
    done = run(folder, processes, f"def test_it(): {leak}\n")
    assert done.returncode == 1, done.stdout
    assert "FAILED test_it.py::test_it" in done.stdout
    assert " 1 failed, 3 passed" in done.stdout
    assert failed(folder) == ["test_it"]


def test_the_output_of_a_failed_test_is_told_without_its_secrets(folder: Path) -> None:
    done = run(folder, "0", "def test_it():\n    print('seen', SIGNATURE)\n    raise ValueError\n")
    assert done.returncode == 1, done.stdout
    assert "seen ***" in done.stdout
    assert "a secret was printed (Captured stdout call)" in done.stdout
    assert failed(folder) == ["test_it"]
