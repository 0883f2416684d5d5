from __future__ import annotations

import pytest

from recipebatch.vocabulary.blob_names import unfit


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "a/b.txt",
        "..a/b..",
        "a b;c'd\"",
        "\u00e9/\U0001f600",
        "/".join(["x" * 255] * 4),
        "a/",
        "a//b",
        "x/" * 253 + "x",
    ],
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
        ("a\x01", "control character in its name, U+0001"),
        ("a\nb", "U+000A"),
        ("a\x7f", "U+007F"),
        ("a\x85", "U+0085"),
        ("a\uffff", "U+FFFF"),
        ("a\ufffe", "U+FFFE"),
        ("a\ufdd0", "U+FDD0"),
        ("a\U0001ffff", "U+1FFFF"),
        ("x/" * 254 + "x", "255 parts"),
        ("a/" + "x" * 256, "a part of 256 bytes"),
        ("é" * 128, "a part of 256 bytes"),
    ],
)
def test_what_it_cannot(name: str, words: str) -> None:
    assert words in str(unfit(name))
