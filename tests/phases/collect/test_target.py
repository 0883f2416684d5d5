from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recipebatch.phases.collect.manifest import CannotWriteError
from recipebatch.phases.collect.target import check_target
from recipebatch.properties.files import Collect

if TYPE_CHECKING:
    from collections.abc import Callable


def target(*folders: str) -> tuple[Collect, ...]:
    return tuple(Collect(container="out", into=into) for into in folders)


def listed(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("there", ["", "new", "new/results"])
def test_a_folder_that_can_be_written_is_left_as_it_was(tmp_path: Path, there: str) -> None:
    (tmp_path / there).mkdir(parents=True, exist_ok=True)
    before = listed(tmp_path)
    check_target(target("results", ".", "a/b"), tmp_path / "new")
    check_target((), tmp_path / "nowhere")
    assert listed(tmp_path) == before


@pytest.mark.parametrize(
    ("into", "make", "message"),
    [
        ("results", lambda folder: (folder / "results").write_text(""), "'results' is not a directory"),
        ("a/b", lambda folder: (folder / "a").write_text(""), "'a' is not a directory"),
        ("results", lambda folder: (folder / "results").symlink_to(folder.parent), "'results' is a link"),
        ("results", lambda folder: (folder / "results").symlink_to("nowhere"), "'results' is a link"),
        (
            "results",
            lambda folder: (folder / "results/recipebatch-manifest.json").mkdir(parents=True),
            "'recipebatch-manifest.json' is a folder",
        ),
    ],
)
def test_what_is_in_the_way_is_named(tmp_path: Path, into: str, make: Callable[[Path], object], message: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    make(folder)
    before = listed(tmp_path)
    with pytest.raises(CannotWriteError) as raised:
        check_target(target("good", into), folder)
    assert raised.value.message == f"cannot write to {folder / into}: {message}"
    assert "--output-dir" in (raised.value.hint or "")
    assert listed(tmp_path) == before


def test_a_file_or_a_link_to_nothing_in_the_place_of_the_output_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to("nowhere")
    for name, reason in (("file", "not a directory"), ("file/below", "not a directory"), ("link", "a link to nothing")):
        with pytest.raises(CannotWriteError, match=reason):
            check_target(target("results"), tmp_path / name)
    assert listed(tmp_path) == ["file", "link"]


def test_a_folder_that_takes_no_file_is_refused() -> None:
    # Nobody, the superuser included, makes a file there.
    with pytest.raises(CannotWriteError, match="cannot write to /proc/self/results: "):
        check_target(target("results"), Path("/proc/self"))


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(CannotWriteError, match="permission denied"):
            check_target(target("results"), tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_disk_that_takes_no_more_bytes_is_refused_and_nothing_of_the_trial_stays(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from recipebatch.phases.collect.target import check_target;"
        "from recipebatch.properties.files import Collect;"
        "check_target((Collect(container='o', into='r'),), Path(sys.argv[1]))"
    )

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False, preexec_fn=small_files
    )
    assert "CannotWriteError: cannot write to " in done.stderr
    assert "file too large" in done.stderr
    assert listed(tmp_path) == []
