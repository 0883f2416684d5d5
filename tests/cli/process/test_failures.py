"""Exceptions that the machine causes, and those that are defects."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from recipebatch.cli.process import failure_of_machine
from recipebatch.errors import ExitCode


def chained() -> Exception:
    error = RuntimeError("cannot read")
    error.__cause__ = OSError(errno.EMFILE, os.strerror(errno.EMFILE), "/a")
    return error


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError(), "out of memory"),
        (ImportError("x.so: failed to map segment: Cannot allocate memory"), "out of memory"),
        (ImportError("libsqlite3.so.0: failed to map segment from shared object"), "out of memory"),
        (RuntimeError("can't start new thread"), "the system starts no more threads"),
        (BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)), os.strerror(errno.EAGAIN).lower()),
        (PermissionError(errno.EACCES, "Permission denied", "/home/x"), "permission denied: /home/x"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", b"/home/x\xff"), "not a directory: /home/x\udcff"),
        (OSError(errno.ENOSPC, "No space left on device"), "no space left on device"),
        (chained(), "too many open files: /a"),
    ],
)
def test_a_refusal_of_the_machine_is_told_in_words(error: Exception, message: str) -> None:
    told = failure_of_machine(error)
    assert told is not None
    assert told.message == message
    assert told.exit_code is ExitCode.SERVICE
    assert told.hint


@pytest.mark.parametrize(
    "error",
    [ValueError("x"), RuntimeError("x"), OSError("no number"), OSError(errno.ENOENT, "x"), KeyError(1)],
)
def test_anything_else_is_a_defect(error: Exception) -> None:
    assert failure_of_machine(error) is None


def test_a_missing_file_in_a_folder_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(FileNotFoundError) as raised:
        Path.cwd()
    told = failure_of_machine(raised.value)
    assert told is not None
    assert told.message == "the current folder no longer exists"
