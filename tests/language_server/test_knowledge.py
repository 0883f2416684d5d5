"""Which names a recipe defines and uses, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from language_server.marked import FILE, RECIPE, known

from recipebatch import bundled_files
from recipebatch.language_server.knowledge import general, owner_of
from recipebatch.recipe import read_recipe
from recipebatch.recipe.parser.section_reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.recipe import Node


def texts(kind: str) -> tuple[list[str], list[str]]:
    """The names of a kind as they are written where they are defined and used."""
    found = known()
    text = found.files[FILE].text
    defined = [text.slice(each.span) for each in found.definitions if each.kind == kind]
    used = [text.slice(each.span) for each in found.references if each.kind == kind]
    return defined, used


@pytest.mark.parametrize(
    ("kind", "defined", "used"),
    [
        ("parameter", ["words", "city", "token"], ["words", "token", "city", "words"]),
        ("container", ["input", "output"], ["output", "output", "output"]),
        ("template", ["count", "merge"], ["count"]),
        ("variable", ["double"], []),
    ],
)
def test_names_stand_where_they_are_written(kind: str, defined: list[str], used: list[str]) -> None:
    assert texts(kind) == (defined, used)


def test_a_template_belongs_to_its_job() -> None:
    assert owner_of(("jobs", "a", "tasks", 0, "name"), "template") == ("jobs", "a", "tasks")
    assert owner_of(("tasks", 0, "depends_on"), "template") == ("tasks",)
    assert owner_of(("tasks", 0), "container") == ()
    assert general(("tasks", 3, "name")) == ("tasks", 0, "name")


def test_two_names_are_the_same_if_their_kind_and_owner_are() -> None:
    found = known()
    count = next(each for each in found.definitions if each.name == "count")
    use = next(each for each in found.references if each.name == "count")
    assert count.is_same(use)
    assert not count.is_same(next(each for each in found.definitions if each.name == "merge"))


def test_a_value_without_names_of_its_own_has_those_of_the_nearest() -> None:
    found = known()
    scope = found.scope(FILE, ("tasks", 0, "new", "key"))
    assert scope is not None
    assert {"item", "task"} <= set(scope.names)
    assert found.scope("/other.yaml", ("tasks", 0)) is None
    assert found.scope(FILE, ("nothing",)) is None


def test_the_schema_tells_every_name_that_the_parser_looks_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that names a container, pool or job without saying so in the schema has no completion and no rename."""
    looked_up: set[tuple[str, int, int]] = set()
    reference = Reader.reference

    def noted(self: Reader, node: Node | None, names: Iterable[str], what: str) -> str | None:
        if node is not None and isinstance(node.value, str):
            looked_up.add((str(node.value), node.at.line, node.at.column))
        return reference(self, node, names, what)

    monkeypatch.setattr(Reader, "reference", noted)
    recipes = [path.read_text(encoding="utf-8") for path in bundled_files.recipes().values()]
    for text in (*recipes, RECIPE):
        looked_up.clear()
        file = known(text).files[FILE]
        told = {(each.name, *_source(file.text.text, each.span.start)) for each in file.references}
        assert looked_up - told == set()
    assert len(recipes) > 3
    assert read_recipe(bundled_files.recipes()["topn"]).name == "topn"


def _source(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
