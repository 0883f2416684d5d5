from __future__ import annotations

import pytest

from recipebatch.text.exclusions import Exclusions


@pytest.mark.parametrize(
    ("pattern", "path", "left_out"),
    [
        (".git", ".git/config", True), (".git", "a/b/.git/hooks/x", True), (".git", "a/.gitignore", False),
        (".git/", "a/.git/config", True), (".git/", "a/.git", False), ("**/.git", "a/b/.git/config", True),
        ("**/.git", ".git/config", True), ("data/tmp", "data/tmp/x/y", True), ("data/tmp/", "data/tmp/x", True),
        ("data/tmp", "a/data/tmp/x", False), ("data/tmp", "data/tmpx", False), ("./data/tmp", "data/tmp/x", True),
        ("tmp/**", "tmp/a/b", True), ("tmp/**", "a/tmp/b", False), ("*.egg-info", "a/b.egg-info/PKG", True),
        ("__pycache__", "__pycache__", True), ("*.pyc", "a/b.pyc", True), ("build?/", "build1/a", True),
        ("a/*", "a/b/c", True), ("a/*", "a", False), ("/a", "a", False), ("a[", "a[/b", True),
    ],
)  # fmt: skip
def test_a_pattern_that_fits_a_folder_leaves_out_everything_below_it(
    pattern: str,
    path: str,
    left_out: bool,  # noqa: FBT001 - a table
) -> None:
    assert Exclusions([pattern]).leaves_out(path) is left_out


def test_the_patterns_that_fit_nothing_are_known() -> None:
    exclusions = Exclusions(["*.pyc", "b/", "a", "nothing"])
    assert [path for path in ("a/x.pyc", "b", "c") if not exclusions.leaves_out(path)] == ["b", "c"]
    assert exclusions.unused() == ("*.pyc", "b/", "nothing")
    assert exclusions.leaves_out("x.pyc")
    assert exclusions.unused() == ("b/", "nothing")
    assert len(exclusions) == 4


def test_a_pattern_for_what_is_below_a_folder_that_is_left_out_is_not_unused() -> None:
    exclusions = Exclusions(["node/", "node/x/*.js", "**/node/y", "*/nothing", "other/**", ".git/**"])
    assert exclusions.leaves_out("a/node/x/1.js")
    assert exclusions.leaves_out("node/x/1.js")
    assert exclusions.unused() == ("*/nothing", "other/**", ".git/**")
    exclusions.leave_out(".git")
    assert exclusions.unused() == ("*/nothing", "other/**")
