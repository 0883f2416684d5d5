from __future__ import annotations

import pytest

from recipebatch.vocabulary.reserved_characters import has_mark, unfit_character


@pytest.mark.parametrize(
    ("text", "unfit", "mark"),
    [
        ("", None, False), ("a b", None, False), ("ä€🙂", None, False), ("\x01\x7f", None, False),
        ("a\x00", "U+0000", False), ("ä\ud800\x00", "U+D800", False), ("\udfff", "U+DFFF", False),
        ("a\ue000b\x00", "U+E000", True), ("\ue001", "U+E001", True), ("\ue002", None, False),
    ],
)  # fmt: skip
def test_nul_halves_of_characters_and_marks_are_unfit(text: str, unfit: str | None, mark: bool) -> None:  # noqa: FBT001 - a column
    assert (unfit_character(text), has_mark(text)) == (unfit, mark)
