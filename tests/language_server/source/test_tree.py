"""Where keys and values stand in a text."""

from __future__ import annotations

import pytest

from recipebatch.language_server.source.positions import Text
from recipebatch.language_server.source.tree import Path, column_of_holder, token_at, tree_of
from recipebatch.recipe import read_yaml


def written(text: str) -> dict[Path, str]:
    """The scalars of a text as they are written."""
    tree = tree_of(read_yaml(text, "r.yaml"), Text(text))
    return {
        path: text[value.span.start : value.span.end]
        for path, value in tree.values.items()
        if not isinstance(value.node.value, (dict, tuple))
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: x y # comment\n", "x y"),
        ("a: 'it''s' # c\n", "'it''s'"),
        ('a: "x \\" y"\n', '"x \\" y"'),
        ("a: {b: x y, c: 1}\n", "x y"),
        ("a: [x y, z]\n", "x y"),
        ("a: &here x\n", "x"),
        ("a: !!str x\n", "x"),
        ("a: http://host/x:y\n", "http://host/x:y"),
        ("a: x\r\nb: y\r\n", "x"),
        ("a: ${{ params.x }}/y # c\n", "${{ params.x }}/y"),
    ],
)
def test_a_value_ends_where_its_text_ends(text: str, value: str) -> None:
    assert next(iter(written(text).values())) == value


def test_a_block_of_text_ends_where_a_line_is_not_indented_more_than_its_key() -> None:
    text = "tasks:\n- note: |\n    x\n\n    y\n  name: a\n- - |\n   z\n- |\n z\nname: b\n"
    found = written(text)
    assert found["tasks", 0, "note"] == "|\n    x\n\n    y"
    assert found["tasks", 1, 0] == "|\n   z"
    assert found["tasks", 2] == "|\n z"


def test_keys_have_places_with_their_quotes() -> None:
    text = "'a b': 1\nc: {d: 2}\n"
    tree = tree_of(read_yaml(text, "r.yaml"), Text(text))
    keys = {path: text[value.key.start : value.key.end] for path, value in tree.values.items() if value.key is not None}
    assert keys == {("a b",): "'a b'", ("c",): "c", ("c", "d"): "d"}


def test_what_an_alias_repeats_stands_where_its_anchor_is() -> None:
    text = "x-a: &a {b: 1}\nc: *a\n"
    tree = tree_of(read_yaml(text, "r.yaml"), Text(text))
    assert tree.values["c",].span == tree.values["x-a",].span
    assert ("c", "b") not in tree.values


def test_the_value_at_an_offset_is_that_of_its_key_or_its_text() -> None:
    text = "a: x\nb: [y]\n"
    tree = tree_of(read_yaml(text, "r.yaml"), Text(text))
    at = {offset: found.path for offset in range(len(text)) if (found := tree.at(offset)) is not None}
    assert (at[0], at[3], at[5], at[9]) == (("a",), ("a",), ("b",), ("b", 0))


def test_the_end_of_a_mapping_is_that_of_its_last_value() -> None:
    text = "a:\n  b: 1\n  c: [2, 3]\nd: 4\n"
    tree = tree_of(read_yaml(text, "r.yaml"), Text(text))
    assert text[: tree.end(("a",))].endswith("3")
    assert [each.path for each in tree.below(("a", "c"))] == [("a", "c", 0), ("a", "c", 1)]
    assert tree.scalar(("a", "b")) is None


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("image: x", "image"),
        ("x y", "x y"),
        ("${{ a }} b", "${{ a }} b"),
        ("", ""),
        (": x", ":"),
        ("{a: [1]} b", "{a: [1]}"),
    ],
)
def test_a_token_is_a_word_or_at_least_a_character(text: str, token: str) -> None:
    span = token_at(text, 0)
    assert text[span.start : span.end] == token


@pytest.mark.parametrize(("before", "column"), [("a: ", 0), ("  - b: ", 4), ("  - ", 2), ("- - ", 2), ("", 0)])
def test_a_block_of_text_belongs_to_its_key_or_its_dash(before: str, column: int) -> None:
    assert column_of_holder(before) == column
