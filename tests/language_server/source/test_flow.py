"""Places inside of brackets."""

from __future__ import annotations

import pytest
from language_server.marked import split

from recipebatch.language_server.source.flow import flow_place


@pytest.mark.parametrize("marked", ["{a: 1} ¦", "[1, 2]\n¦"])
def test_behind_its_end_a_collection_has_no_place(marked: str) -> None:
    text, offset = split(marked)
    assert flow_place(text.text, 0, offset) is None


@pytest.mark.parametrize(
    ("marked", "path", "is_key"),
    [
        ("{a: {b: [x, ¦", ("a", "b", 1), False),
        ('{"a": ¦}', ("a",), False),
        ("[{a: 1}, {¦", (1,), True),
        ("{a: '}', ¦}", (), True),
        ("{a: 1, # c }\n ¦}", (), True),
        ("{a: ¦\n b: 1}", ("a",), False),
    ],
)
def test_the_path_goes_through_lists_and_mappings(marked: str, path: tuple[object, ...], is_key: bool) -> None:  # noqa: FBT001
    text, offset = split(marked)
    found = flow_place(text.text, 0, offset)
    assert found is not None
    assert (found.path, found.is_key) == (path, is_key)
