"""Values of a document with the positions where they are written."""

from __future__ import annotations

from recipebatch.errors import SourcePosition
from recipebatch.recipe.nodes import Node, walk
from recipebatch.recipe.source.document import parse

TEXT = """\
name: demo
x-note: free
tasks:
- command_line: a
  x-who: me
- []
"""


def test_a_document_without_positions_is_its_json_value_with_the_free_keys() -> None:
    assert parse(TEXT, "f").plain() == {
        "name": "demo",
        "x-note": "free",
        "tasks": [{"command_line": "a", "x-who": "me"}, []],
    }


def test_the_entries_of_a_mapping_are_those_without_free_keys() -> None:
    entries = parse(TEXT, "f").entries()
    assert list(entries) == ["name", "tasks"]
    assert (str(entries["tasks"].key_at), str(entries["tasks"].value.at)) == ("f:3:1", "f:4:1")


def test_a_key_is_found_also_if_it_is_free_and_none_for_one_that_is_missing() -> None:
    document = parse(TEXT, "f")
    note = document.get("x-note")
    assert note is not None
    assert (note.value, str(note.at)) == ("free", "f:2:9")
    assert document.get("pool") is None


def test_a_scalar_has_neither_entries_nor_items_nor_keys() -> None:
    scalar = Node(SourcePosition("f", 1, 1), "name")
    assert (scalar.entries(), scalar.items(), scalar.get("name"), scalar.plain()) == ({}, (), None, "name")


def test_a_list_has_items_and_no_entries_and_a_mapping_the_reverse() -> None:
    tasks = parse(TEXT, "f").get("tasks")
    assert tasks is not None
    first, second = tasks.items()
    assert (tasks.entries(), first.items(), list(first.entries())) == ({}, (), ["command_line"])
    assert (second.items(), second.entries()) == ((), {})


def test_size_and_height_count_aliases_as_if_they_were_written_out() -> None:
    document = parse("a: &a [1, 2]\nb: *a\n", "f")
    assert (document.size, document.height) == (7, 3)
    assert (Node(SourcePosition("f", 1, 1), 1).size, Node(SourcePosition("f", 1, 1), 1).height) == (1, 1)


def test_nodes_at_other_positions_are_not_equal_and_their_size_does_not_matter() -> None:
    at = SourcePosition("f", 1, 1)
    assert Node(at, "a") == Node(at, "a", size=5, height=2)
    assert Node(at, "a") != Node(SourcePosition("f", 1, 2), "a")


def test_every_key_of_a_document_is_walked_over_from_the_top_to_the_bottom() -> None:
    found = [(key, str(entry.key_at)) for key, entry in walk(parse(TEXT, "f"))]
    assert found == [
        ("name", "f:1:1"),
        ("x-note", "f:2:1"),
        ("tasks", "f:3:1"),
        ("command_line", "f:4:3"),
        ("x-who", "f:5:3"),
    ]
