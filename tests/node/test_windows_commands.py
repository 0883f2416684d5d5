"""The commands of a task for Windows, run by a cmd.exe: that of Wine, where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from recipebatch.plan.expressions import command_line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Run = Callable[[list[str]], tuple[int, str]]

_WINE = shutil.which("wine") if shutil.which("wineserver") else None
pytestmark = pytest.mark.skipif(_WINE is None, reason="Wine, which has a cmd.exe, is not installed")
_SECONDS = 120


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A function to exit code and output of commands, in a folder with a file here.txt and some .bat files."""
    folder = tmp_path_factory.mktemp("windows")
    prefix = {"WINEPREFIX": str(folder / "prefix"), "WINEDEBUG": "-all", "HOME": str(folder)}
    environment = {"PATH": os.environ["PATH"], **prefix}
    work = folder / "work"
    _files(work)
    subprocess.run(["wineserver", "--persistent"], env=environment, check=False, timeout=_SECONDS)

    def run_commands(commands: list[str]) -> tuple[int, str]:
        line = command_line_of(commands, "cmd")
        # Wine puts the arguments of a Linux program together again, with quotes of its own: the text is one of them.
        text = line.removeprefix('cmd /c "').removesuffix('"')
        done = subprocess.run(
            [_WINE or "", "cmd", "/c", text],
            cwd=work,
            env=environment,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        return done.returncode, done.stdout.decode(errors="replace").replace("\r\n", "\n")

    yield run_commands
    subprocess.run(["wineserver", "--kill"], env=environment, check=False, timeout=_SECONDS)


def _files(work: Path) -> None:
    work.mkdir()
    (work / "here.txt").write_text("x\r\n", encoding="ascii")
    (work / "good.bat").write_bytes(b"@echo good %1\r\n")


@pytest.mark.parametrize(
    ("commands", "output"),
    [
        (["if exist old.txt del old.txt", "echo RAN"], "RAN\n"),
        (["if exist here.txt echo A", "echo RAN"], "A\nRAN\n"),
        (["if exist here.txt (echo A) else (echo B)", "echo RAN"], "A\nRAN\n"),
        (["if exist here.txt echo done (ok)", "echo RAN"], "done (ok)\nRAN\n"),
        (["for %i in (1 2) do echo %i", "echo RAN"], "1\n2\nRAN\n"),
        (["rem step one", "echo RAN"], "RAN\n"),
        ([":: step one", "echo A", "rem", "echo RAN"], "A\nRAN\n"),
        (["set X=1", "set X"], "X=1\n"),
        (["echo done (ok)", "echo RAN"], "done (ok)\nRAN\n"),
        (["echo A & echo B", "echo RAN"], "A\nB\nRAN\n"),
        (["good.bat a", "echo RAN"], "good a\nRAN\n"),
    ],
)
def test_each_command_runs(run: Run, commands: list[str], output: str) -> None:
    code, written = run(commands)
    assert (code, written.replace(" \n", "\n")) == (0, output.replace(" \n", "\n"))


def test_exit_ends_the_rest_with_its_code(run: Run) -> None:
    assert run(["echo A", "exit 3", "echo B"]) == (3, "A\n")
    assert run(["if exist here.txt exit 4", "echo B"]) == (4, "")


def test_a_failure_ends_the_rest_with_its_exit_code(run: Run) -> None:
    if run(["type nothing.txt", "echo B"])[1]:
        pytest.skip("the cmd.exe of this Wine runs what follows && whatever came before it")
    assert run(["cmd /c exit 3", "echo B"]) == (3, "")
    assert run(["if exist here.txt cmd /c exit 4", "echo B"]) == (4, "")
