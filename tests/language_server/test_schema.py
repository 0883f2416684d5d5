"""A schema along paths."""

from __future__ import annotations

import pytest
from language_server.marked import RULES

from recipebatch.language_server.schema import Schema, describe, exclusive_keys


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (("tasks", 0, "for_each", "files"), "container"),
        (("tasks", 0, "resource_files", 0), "container"),
        (("jobs", "a", "after", 0, "job"), "job"),
        (("jobs", "a", "tasks", 0, "depends_on", 0), "template"),
        (("job", "pool"), "pool"),
        (("include", 0), "file"),
        (("pool", "image"), "image"),
        (("pool", "id"), None),
    ],
)
def test_a_text_is_the_name_of_a_thing(path: tuple[str | int, ...], kind: str | None) -> None:
    assert RULES.refers(path) == kind


@pytest.mark.parametrize(
    ("path", "kind"),
    [(("storage",), "container"), (("tasks", 0, "name"), "template"), (("pool",), None), (("a",), None)],
)
def test_a_mapping_or_a_text_defines_things(path: tuple[str | int, ...], kind: str | None) -> None:
    assert RULES.defines(path) == kind


def test_what_a_mapping_must_have_is_known_also_behind_a_condition() -> None:
    assert RULES.required(()) == {"schema_version", "name"}
    assert RULES.required(("tasks", 0, "reduce")) == {"over"}


def test_keys_that_exclude_each_other_are_found() -> None:
    assert RULES.excluded(("tasks", 0), frozenset({"commands"})) == {"command_line"}
    assert RULES.excluded((), frozenset({"pool"})) >= {"pools"}
    assert list(exclusive_keys({"anyOf": [{"required": ["a"]}]})) == []


def test_a_key_without_notes_says_what_it_takes() -> None:
    assert describe(Schema({}), "a", {"type": "integer"}) == "**a**: integer"


def test_free_keys_have_no_rule() -> None:
    assert RULES.rule(("storage", "x-any")) is None
    assert RULES.rule(("pool", "unknown", "deeper")) is None
    assert RULES.rules(("pool", 0)) == ()
