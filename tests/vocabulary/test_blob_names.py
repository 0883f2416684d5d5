from __future__ import annotations

import pytest

from recipebatch.vocabulary.blob_names import unfit


@pytest.mark.parametrize(
    "name", ["a", "a/b.txt", "..a/b..", "a b;c'd\"", "\u00e9/\U0001f600", "x" * 1024, "a/", "a//b"]
)
def test_what_a_blob_can_be_called(name: str) -> None:
    assert unfit(name) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "0 characters"),
        ("x" * 1025, "1025 characters"),
        ("a\\b", "backslash"),
        ("../a", "`..`"),
        ("a/./b", "`.`"),
        ("a/..", "`..`"),
        ("a\ue000", "reserved"),
        ("a\udc80", "UTF-8"),
    ],
)
def test_what_it_cannot(name: str, words: str) -> None:
    assert words in str(unfit(name))
