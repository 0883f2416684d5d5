from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from recipebatch.errors import LocalAccountError
from recipebatch.local.file_lock import locked

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys
from pathlib import Path
from recipebatch.local.file_lock import locked
with locked(Path(sys.argv[1]), timeout=0, purpose="testing"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_is_released_at_the_end_and_its_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    for _ in range(2):
        with locked(path, timeout=0, purpose="testing"):
            assert path.stat().st_mode & 0o777 == 0o600
    assert path.exists()


def test_a_held_lock_is_an_error_that_names_the_purpose_and_the_file(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    busy: list[str] = []
    with (
        locked(path, timeout=0, purpose="testing"),
        pytest.raises(LocalAccountError, match="another process is still waiting for rain after 0 s") as error,
        locked(path, timeout=0, purpose="waiting for rain", on_busy=lambda: busy.append("busy")),
    ):
        pass
    assert str(path) in str(error.value.hint)
    assert busy == ["busy"]


def test_a_lock_that_comes_free_in_time_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        with locked(path, timeout=60, purpose="testing", on_busy=holder.stdin.close):
            assert holder.wait() == 0


def test_a_killed_holder_releases_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
    with locked(path, timeout=0, purpose="testing"):
        pass


def test_a_child_that_inherits_the_descriptor_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locked(path, timeout=0, purpose="testing") as descriptor:
        child = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, pass_fds=(descriptor,))
    with child:
        with pytest.raises(LocalAccountError), locked(path, timeout=0, purpose="testing"):
            pass
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait() == 0
        with locked(path, timeout=0, purpose="testing"):
            pass
