from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipebatch.emulator.node_agent.files.directories import (
    PathLeavesDirectoryError,
    make_node_tree,
    make_task_directory,
    remove_tree,
    safe_join,
    start_task_directory,
    task_directory,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_a_node_has_the_directories_of_the_service(tmp_path: Path) -> None:
    make_node_tree(tmp_path)
    make_node_tree(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["applications", "fsmounts", "shared", "startup", "volatile", "workitems"]
    assert (tmp_path / "volatile" / "startup").is_dir()


def test_a_task_lies_below_job_1_and_a_start_task_below_startup(tmp_path: Path) -> None:
    assert task_directory(tmp_path, "job", "task") == tmp_path / "workitems/job/job-1/task"
    assert start_task_directory(tmp_path) == tmp_path / "startup"


def test_a_job_of_a_schedule_has_its_own_number(tmp_path: Path) -> None:
    assert task_directory(tmp_path, "nightly:job-7", "task") == tmp_path / "workitems/nightly/job-7/task"


def test_a_task_directory_that_exists_keeps_its_files(tmp_path: Path) -> None:
    working = make_task_directory(tmp_path / "a" / "b")
    (working / "kept").touch()
    assert make_task_directory(tmp_path / "a" / "b") == working
    assert (working / "kept").exists()


def test_a_file_in_place_of_the_working_directory_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "wd").touch()
    with pytest.raises(FileExistsError):
        make_task_directory(tmp_path)


def test_a_path_below_the_directory_is_joined(tmp_path: Path) -> None:
    assert safe_join(tmp_path, "a/b c/ü.txt") == tmp_path / "a" / "b c" / "ü.txt"
    assert safe_join(tmp_path, "./a//b/") == tmp_path / "a" / "b"
    assert safe_join(tmp_path, "..a/b..") == tmp_path / "..a" / "b.."


@pytest.mark.parametrize("text", ["..", "a/../..", "../a", "a/..", "/etc/passwd", "a\0b"])
def test_a_path_that_points_outside_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(PathLeavesDirectoryError):
        safe_join(tmp_path, text)


def test_a_link_that_leads_outside_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret").touch()
    (inside / "file").symlink_to(tmp_path / "secret")
    (inside / "folder").symlink_to("..")
    for text in ("file", "folder/secret", "folder"):
        with pytest.raises(PathLeavesDirectoryError):
            safe_join(inside, text)


def test_a_link_that_stays_inside_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert safe_join(tmp_path, "link/file").resolve() == (tmp_path / "real" / "file").resolve()


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(PathLeavesDirectoryError):
        safe_join(tmp_path, "a/c")


@given(st.lists(st.sampled_from(["..", ".", "", "a", "...", "..a", "\0"])).map("/".join))
def test_no_text_leads_out_of_a_directory(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    directory = tmp_path_factory.getbasetemp()
    try:
        joined = safe_join(directory, text)
    except PathLeavesDirectoryError:
        return
    assert os.path.normpath(joined).startswith(str(directory))


def test_a_tree_with_odd_modes_is_removed(tmp_path: Path) -> None:
    deep = tmp_path / "tree" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "file").touch(mode=0o000)
    deep.chmod(0o000)
    deep.parent.chmod(0o500)
    remove_tree(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()


def test_a_link_in_a_removed_tree_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir(mode=0o500)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "link").symlink_to(tmp_path / "kept")
    remove_tree(tmp_path / "tree")
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o500


def test_removing_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    remove_tree(tmp_path / "nothing")


def test_concurrent_removals_of_a_tree_all_succeed(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / "tree" / f"task-{number}" / "wd").mkdir(parents=True)
        (tmp_path / "tree" / f"task-{number}" / "wd" / "file").touch()
    with ThreadPoolExecutor(4) as threads:
        done = [threads.submit(remove_tree, tmp_path / "tree") for _ in range(4)]
    assert [work.exception() for work in done] == [None] * 4
    assert not (tmp_path / "tree").exists()


def test_a_tree_into_which_a_process_writes_for_a_while_is_removed(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()

    def write() -> None:
        with suppress(FileNotFoundError):
            for number in range(2000):
                (tree / str(number)).touch()

    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(write)
        remove_tree(tree)
    assert writing.exception() is None
    remove_tree(tree)
    assert not tree.exists()
