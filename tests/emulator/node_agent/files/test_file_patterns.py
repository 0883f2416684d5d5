from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipebatch.emulator.node_agent.files.file_patterns import (
    FilePattern,
    TooManyFilesError,
    UnreadableFolderError,
    blob_name,
    matches,
    parse_pattern,
)
from recipebatch.text.globs import path_matcher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = ("a.txt", "b.log", ".hidden.txt", "out/a.txt", "out/b.log", "out/deep/c.txt", "out/.x/d.txt", "[x].txt")


@pytest.fixture
def working(tmp_path: Path) -> Path:
    directory = tmp_path / "task" / "wd"
    for name in FILES:
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).touch()
    (directory.parent / "stdout.txt").touch()
    (directory.parent / "stderr.txt").touch()
    return directory


def found(text: str, working: Path) -> list[str]:
    environment = {"AZ_BATCH_TASK_DIR": str(working.parent), "NAME": "a"}
    return sorted(matches(parse_pattern(text, working=str(working), environment=environment)))


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("a.txt", ["a.txt"]),
        ("./out/a.txt", ["a.txt"]),
        ("none.txt", []),
        ("out", []),
        ("*.txt", ["[x].txt", "a.txt"]),
        (".*.txt", [".hidden.txt"]),
        ("?.txt", ["a.txt"]),
        ("[ab].*", ["a.txt", "b.log"]),
        ("[a-b].txt", ["a.txt"]),
        ("[!a].*", ["b.log"]),
        ("[[]x].txt", ["[x].txt"]),
        ("out/*", ["a.txt", "b.log"]),
        ("*/*.log", ["out/b.log"]),
        ("**/*.txt", ["[x].txt", "a.txt", "out/a.txt", "out/deep/c.txt"]),
        ("out/**/*.txt", ["a.txt", "deep/c.txt"]),
        ("out/**", ["a.txt", "b.log", "deep/c.txt"]),
        ("out/**.txt", ["a.txt", "deep/c.txt"]),
        ("out/.x/*", ["d.txt"]),
        ("**/.x/*", ["out/.x/d.txt"]),
        ("../stdout.txt", ["stdout.txt"]),
        ("../std*.txt", ["stderr.txt", "stdout.txt"]),
        ("$AZ_BATCH_TASK_DIR/*.txt", ["stderr.txt", "stdout.txt"]),
        ("${AZ_BATCH_TASK_DIR}/stdout.txt", ["stdout.txt"]),
        ("$NAME.txt", ["a.txt"]),
        ("$UNKNOWN.txt", []),
        ("none/*", []),
    ],
)
def test_a_pattern_means_the_files_the_documentation_says(working: Path, pattern: str, names: list[str]) -> None:
    assert found(pattern, working) == names


def test_an_absolute_pattern_is_taken_as_it_is(working: Path, tmp_path: Path) -> None:
    assert found(f"{tmp_path}/task/*.txt", working) == ["stderr.txt", "stdout.txt"]


def test_a_linked_file_counts_and_a_linked_folder_does_not(working: Path, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "f.dat").touch()
    (working / "link.dat").symlink_to(tmp_path / "far" / "f.dat")
    (working / "folder").symlink_to(tmp_path / "far")
    (working / "broken.dat").symlink_to("nothing")
    assert found("**/*.dat", working) == ["link.dat"]


@pytest.mark.parametrize("name", ["[x]", "a*b", "a?b", "a [x]*? b#%ü", "[!", "**", "$NAME"])
@pytest.mark.parametrize(
    "pattern", ["*.txt", "$AZ_BATCH_TASK_DIR/wd/*.txt", "${AZ_BATCH_TASK_DIR}/wd/a.txt", "./?.txt"]
)
def test_the_name_of_the_working_directory_is_no_pattern(tmp_path: Path, name: str, pattern: str) -> None:
    working = tmp_path / name / "wd"
    working.mkdir(parents=True)
    (working / "a.txt").touch()
    assert found(pattern, working) == ["a.txt"]
    assert found("../*.none", working) == []


def test_the_value_of_another_variable_may_be_a_pattern(working: Path) -> None:
    environment = {"PATTERN": "*.txt", "AZ_BATCH_TASK_ID": "out"}
    for text, names in (("$PATTERN", ["[x].txt", "a.txt"]), ("$AZ_BATCH_TASK_ID/$PATTERN", ["a.txt"])):
        parsed = parse_pattern(text, working=str(working), environment=environment)
        assert sorted(matches(parsed)) == names


def test_links_in_a_circle_and_pipes_are_no_files(working: Path) -> None:
    (working / "circle").symlink_to(".")
    (working / "self.txt").symlink_to("self.txt")
    os.mkfifo(working / "pipe.txt")
    assert found("**/*.txt", working) == ["[x].txt", "a.txt", "out/a.txt", "out/deep/c.txt"]


def test_a_name_that_is_not_utf_8_matches(working: Path) -> None:
    try:
        (working / os.fsdecode(b"a\xff.dat")).touch()
    except OSError:
        pytest.skip("this file system takes UTF-8 only") if sys.platform == "darwin" else pytest.fail("no such name")
    assert found("*?.dat", working) == ["a\udcff.dat"]


def test_a_pattern_looks_at_and_matches_a_bounded_number_of_files(
    working: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recipebatch.emulator.node_agent.files.file_patterns.MAX_ENTRIES", 5)
    with pytest.raises(TooManyFilesError, match="look at more than 5 files and directories"):
        found("**/*.none", working)
    monkeypatch.setattr("recipebatch.emulator.node_agent.files.file_patterns.MAX_ENTRIES", 100)
    monkeypatch.setattr("recipebatch.emulator.node_agent.files.file_patterns.MAX_MATCHES", 3)
    with pytest.raises(TooManyFilesError, match="matches more than 3 files"):
        found("**/*.txt", working)


@pytest.mark.parametrize(
    ("wildcard", "path", "name"),
    [
        (False, None, "deep/a.txt"),
        (False, "results/x.txt", "results/x.txt"),
        (True, None, "deep/a.txt"),
        (True, "results", "results/deep/a.txt"),
        (True, "results/", "results/deep/a.txt"),
        (True, "", "deep/a.txt"),
    ],
)
def test_the_path_names_one_blob_or_a_folder(wildcard: bool, path: str | None, name: str) -> None:  # noqa: FBT001
    assert blob_name(FilePattern("/wd", "x", wildcard), "deep/a.txt", path) == name


@given(st.text(alphabet="ab.[]!-^\\*?/", min_size=1, max_size=12))
def test_every_pattern_is_understood(text: str) -> None:
    pattern = parse_pattern(text, working="/wd", environment={})
    if pattern.rest:
        path_matcher(pattern.rest)("a/b")


@given(st.text(alphabet=st.characters(exclude_characters="*?[$/\0", exclude_categories=["Cs"]), min_size=1))
def test_a_name_without_wildcards_matches_itself_alone(name: str) -> None:
    assert path_matcher(name)(name)
    assert not path_matcher(name)(name + "x")


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("a**b*c", "ab/bc", True),
        ("a**b*c", "ab/xbyc", True),
        ("a**b*c", "ab/c", False),
        ("a*b**c", "axb/x/c", True),
        ("*a*a*b", "aaab", True),
        ("*ab*ab", "abab", True),
        ("*ab*ab", "aab", False),
        ("*?a*", "aa", True),
        ("*[ab]*c", "xbxc", True),
        ("*a" * 30 + "b", "a" * 60 + "b", True),
        ("*a" * 30 + "b", "a" * 60 + "c", False),
        ("**a" * 30 + "b", "a" * 60 + "c", False),
    ],
)
def test_patterns_with_many_stars_match_correctly(pattern: str, name: str, fits: bool) -> None:  # noqa: FBT001
    assert bool(path_matcher(pattern)(name)) is fits


@given(st.text(alphabet="ab*?/", min_size=1, max_size=8), st.text(alphabet="ab/", min_size=1, max_size=8))
def test_a_pattern_matches_as_if_every_place_of_a_star_were_tried(pattern: str, name: str) -> None:
    rest = parse_pattern(pattern, working="/", environment={})
    if (
        not all(name.split("/"))
        or not rest.has_wildcard
        or "**/" in rest.rest
        or rest.rest.endswith("/**")
        or rest.rest == "**"
    ):
        return
    naive = re.sub(r"\*\*|\*|\?", lambda found: {"**": ".*", "*": "[^/]*", "?": "[^/]"}[found[0]], rest.rest)
    expected = re.fullmatch(naive, name, re.DOTALL) is not None
    assert bool(path_matcher(rest.rest)(name)) is expected


@pytest.fixture
def too_deep(working: Path) -> Iterator[Path]:
    """A directory whose path is too long to be opened, also for root; it holds `lost.txt`."""
    top = working / "deep"
    top.mkdir()
    name, opened = "d" * 200, [os.open(top, os.O_RDONLY)]
    for _ in range(25):
        os.mkdir(name, dir_fd=opened[-1])
        opened.append(os.open(name, os.O_RDONLY, dir_fd=opened[-1]))
    os.close(os.open("lost.txt", os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=opened[-1]))
    yield top
    os.unlink("lost.txt", dir_fd=opened[-1])
    while len(opened) > 1:
        os.close(opened.pop())
        os.rmdir(name, dir_fd=opened[-1])
    os.close(opened[0])


def test_a_directory_that_cannot_be_read_is_an_error_after_all_that_was_found(working: Path, too_deep: Path) -> None:
    (too_deep / "e.txt").touch()
    names: list[str] = []
    with pytest.raises(UnreadableFolderError, match=r"cannot read .*: File name too long"):
        names.extend(matches(parse_pattern("**/*.txt", working=str(working), environment={})))
    assert sorted(names) == ["[x].txt", "a.txt", "deep/e.txt", "out/a.txt", "out/deep/c.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
@pytest.mark.parametrize("pattern", ["closed/f.txt", "closed/*", "**/f.txt"])
def test_files_in_a_closed_directory_are_an_error_or_found(working: Path, pattern: str) -> None:
    closed = working / "closed"
    closed.mkdir()
    (closed / "f.txt").touch()
    closed.chmod(0)
    try:
        if os.getuid() == 0:  # root reads all
            assert [name.rpartition("/")[2] for name in found(pattern, working)] == ["f.txt"]
        else:
            with pytest.raises(UnreadableFolderError, match="Permission denied"):
                found(pattern, working)
    finally:
        closed.chmod(0o700)


def test_a_link_in_a_circle_and_a_file_as_a_directory_match_nothing(working: Path) -> None:
    (working / "circle").symlink_to("circle")
    assert found("circle", working) == found("circle/*", working) == found("a.txt/*", working) == []
