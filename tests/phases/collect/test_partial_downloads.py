from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from recipebatch.phases.collect.partial_downloads import claim

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def dead() -> int:
    """The id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        return process.pid


def left_by(part: Path, pid: int) -> Path:
    """The partial file of a process with that id."""
    return part.rename(part.with_name(part.name.replace(f".{os.getpid()}.", f".{pid}.")))


def test_a_partial_download_of_a_killed_command_is_resumed(tmp_path: Path, dead: int) -> None:
    part = claim(tmp_path / "result.txt", "etag-1")
    part.write_text("begun")
    left = left_by(part, dead)
    again = claim(tmp_path / "result.txt", "etag-1")
    assert again.read_text() == "begun"
    assert not left.exists()


def test_a_partial_download_of_other_content_is_removed(tmp_path: Path, dead: int) -> None:
    part = claim(tmp_path / "result.txt", "etag-1")
    part.write_text("begun")
    left_by(part, dead)
    assert not claim(tmp_path / "result.txt", "etag-2").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_partial_download_of_another_process_is_kept(tmp_path: Path) -> None:
    part = claim(tmp_path / "result.txt", "etag-1")
    part.write_text("begun")
    left = left_by(part, os.getppid())
    assert not claim(tmp_path / "result.txt", "etag-1").exists()
    assert left.read_text() == "begun"


def test_a_file_without_a_known_hash_is_downloaded_from_the_beginning(tmp_path: Path) -> None:
    claim(tmp_path / "stdout.txt", None).write_text("begun")
    assert not claim(tmp_path / "stdout.txt", None).exists()


def test_the_longest_name_has_a_place_and_two_names_have_two(tmp_path: Path) -> None:
    claim(tmp_path / ("n" * 255), "e").write_text("fits")
    assert claim(tmp_path / "a", "e") != claim(tmp_path / "b", "e")
