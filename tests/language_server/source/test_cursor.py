"""What a cursor is at, also in a text that is no YAML yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from language_server.marked import split

from recipebatch.language_server.source.cursor import Place, place_at

if TYPE_CHECKING:
    from recipebatch.language_server.source.tree import Path


def place(marked: str) -> Place:
    found = place_at(*split(marked))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("marked", "path", "word"),
    [
        ("¦", (), ""),
        ("po¦", (), "po"),
        ("pool:\n  im¦\n", ("pool",), "im"),
        ("pool:\n  image: x\n  ¦\n", ("pool",), ""),
        ("pool:\n  image: x\n    ¦\n", ("pool",), ""),
        ("pool:\n  image:\n    ¦\n", ("pool", "image"), ""),
        ("pool:\n  im¦age: x # c\n", ("pool",), "image"),
        ("tasks:\n  - ¦", ("tasks", 0), ""),
        ("tasks:\n- name: a\n- na¦", ("tasks", 1), "na"),
        ("tasks:\n  - name: a\n    ¦\n  - name: b\n", ("tasks", 0), ""),
        ("tasks:\n# c\n\n- name: a\n  for_each:\n    ¦\n", ("tasks", 0, "for_each"), ""),
        ("tasks:\n  - commands:\n      - a |\n        b\n    fo¦", ("tasks", 0), "fo"),
        ("tasks:\n  - commands:\n      - |\n        b\n    fo¦", ("tasks", 0), "fo"),
        ("collect:\n  - container: output\n    in¦", ("collect", 0), "in"),
        ("tasks:\n  - depends_on:\n      - a\n      - ¦\n", ("tasks", 0, "depends_on", 1), ""),
        ("storage:\n  a:\n    uploads: [x]\n  ¦", ("storage",), ""),
        ("- - a\n  - ¦", (0, 1), ""),
        ("'a b':\n  ¦", ("a b",), ""),
        ("pool: {¦}", ("pool",), ""),
        ("pool: {image: x, vm¦}", ("pool",), "vm"),
        ("pool: {\n  image: x,\n  vm¦", ("pool",), "vm"),
        ("tasks:\n  - for_each: {files: {¦", ("tasks", 0, "for_each", "files"), ""),
    ],
)
def test_a_place_for_a_key(marked: str, path: Path, word: str) -> None:
    found = place(marked)
    text, _ = split(marked)
    assert (found.path, found.is_key, text.slice(found.word)) == (path, True, word)


@pytest.mark.parametrize(
    ("marked", "path", "word"),
    [
        ("pool:\n  image: ub¦\n  vm_size: x", ("pool", "image"), "ub"),
        ("pool:\n  image: ¦", ("pool", "image"), ""),
        ("pool:\n  image: 'ub¦' # c", ("pool", "image"), "'ub'"),
        ("pool:\n  image:   u¦ # c", ("pool", "image"), "u"),
        ("pool: {image: ub¦}", ("pool", "image"), "ub"),
        ("tasks:\n  - depends_on: [b, ¦]\n", ("tasks", 0, "depends_on", 1), ""),
        ("tasks:\n  - resource_files: [{container: in¦}]\n", ("tasks", 0, "resource_files", 0, "container"), "in"),
        ("a: ['x, {', y¦]", ("a", 1), "y"),
        ("a: [${{ f({}) }}, y¦]", ("a", 1), "y"),
    ],
)
def test_a_place_for_a_value(marked: str, path: Path, word: str) -> None:
    found = place(marked)
    text, _ = split(marked)
    assert (found.path, found.is_key, text.slice(found.word)) == (path, False, word)


@pytest.mark.parametrize(
    "marked",
    [
        "tasks:\n- commands:\n  - |\n    echo ¦\n",
        "tasks:\n- commands:\n  - >-\n    if x\n      a: ¦\n    b\n",
        "tasks:\n- commands:\n  - |\n    echo\n    ¦",
        "description: |\n  a\n\n  b¦\n",
    ],
)
def test_a_block_of_text_has_no_keys(marked: str) -> None:
    assert place(marked).is_block
    assert not place(marked).is_key


@pytest.mark.parametrize("marked", ["# a ¦", "pool: x # ¦c"])
def test_a_comment_is_no_place(marked: str) -> None:
    assert place_at(*split(marked)) is None


@pytest.mark.parametrize(
    ("marked", "siblings"),
    [
        ("pool:\n  a: 1\n  ¦\n  b:\n    c: 2\nd: 3", {"a", "b"}),
        ("tasks:\n  - a: 1\n    ¦\n    b: 2\n  - c: 3", {"a", "b"}),
        ("tasks:\n  - a: 1\n  - ¦\n    b: 2\n", {"b"}),
        ("pool: {a: 1, ¦, b: {c: 2}}", {"a", "b"}),
    ],
)
def test_the_other_keys_of_the_mapping_are_known(marked: str, siblings: set[str]) -> None:
    assert place(marked).siblings == siblings


def test_a_key_with_its_colon_is_complete() -> None:
    assert place("im¦age: x").key == "image"
    assert place("ima¦").key is None
    assert place("pool: {im¦age: x}").key == "image"
