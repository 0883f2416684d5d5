"""What is known of a recipe and its files: which names are defined and used where, and which are known where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from recipebatch.language_server.schema import schema
from recipebatch.language_server.source.expressions import uses
from recipebatch.language_server.source.positions import Span, Text
from recipebatch.language_server.source.tree import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from recipebatch.errors import SourcePosition
    from recipebatch.language_server.schema import Schema
    from recipebatch.language_server.source.tree import Path, Tree, Value
    from recipebatch.recipe import Node, Scope
    from recipebatch.recipe.model import Recipe

SPACES = {
    "params": "parameter",
    "secrets": "parameter",
    "storage": "container",
    "vars": "variable",
    "jobs": "job",
}
"""The names of expressions whose members are things that the recipe defines."""

_QUOTES = ("'", '"')


@dataclass(frozen=True, slots=True)
class Name:
    """A name at a place where it is defined or used.

    Attributes:
        kind: as the schema calls it: `container`, `parameter`, `variable`, `template`, `job`, `pool`, `file`.
        owner: the path of the list of tasks, for a template: each job has templates of its own.
        path: of the value that defines it, or in which it is used.
    """

    kind: str
    name: str
    file: str
    span: Span
    path: Path
    owner: Path = ()

    def is_same(self, other: Name) -> bool:
        """Whether both mean the same thing."""
        return (self.kind, self.name, self.owner) == (other.kind, other.name, other.owner)


class SourceFile:
    """One file of a recipe as it is written."""

    def __init__(self, file: str, text: Text, document: Node, rules: Schema | None = None) -> None:
        self.file = file
        self.text = text
        self.document = document
        self._rules = rules or schema("recipe.schema.json")

    @cached_property
    def tree(self) -> Tree:
        """Its values with their places."""
        return tree_of(self.document, self.text)

    @cached_property
    def definitions(self) -> tuple[Name, ...]:
        """The names that it defines."""
        return tuple(self._definitions())

    @cached_property
    def references(self) -> tuple[Name, ...]:
        """The names that it uses, as values and in expressions."""
        return tuple(found for value in self.tree.values.values() for found in self._references(value))

    def _definitions(self) -> Iterator[Name]:
        for path, value in self.tree.values.items():
            kind = self._rules.defines(general(path))
            if kind is None:
                continue
            if isinstance(value.node.value, str):
                span = _inside(self.text.text, value.span)
                yield Name(kind, value.node.value, self.file, span, path, owner_of(path, kind))
            elif isinstance(value.node.value, dict):
                for below in self.tree.below(path):
                    name = str(below.path[-1])
                    if below.key is not None and not name.startswith("x-"):
                        yield Name(kind, name, self.file, _inside(self.text.text, below.key), below.path)

    def _references(self, value: Value) -> Iterator[Name]:
        path = general(value.path)
        if isinstance(value.node.value, dict) and (of_keys := self._rules.keys_refer(path)) is not None:
            for below in self.tree.below(value.path):
                if below.key is not None:
                    span = _inside(self.text.text, below.key)
                    yield Name(of_keys, str(below.path[-1]), self.file, span, below.path)
        if not isinstance(value.node.value, str):
            return
        kind = self._rules.refers(path)
        if kind is not None and "${{" not in value.node.value:
            span = _inside(self.text.text, value.span)
            yield Name(kind, value.node.value, self.file, span, value.path, owner_of(value.path, kind))
        if "${{" in value.node.value:
            for use in uses(self.text.text, value.span):
                if use.space in SPACES:
                    yield Name(SPACES[use.space], use.member, self.file, use.span, value.path)


@dataclass(frozen=True)
class Knowledge:
    """A recipe that could be read, at least as YAML.

    Attributes:
        files: all that it is made from, by the names that positions have; itself first.
        recipe: None if it is not valid.
        parameters: the values of parameters, as far as they have some; of a valid recipe only.
    """

    files: Mapping[str, SourceFile]
    recipe: Recipe | None
    parameters: Mapping[str, object]
    scopes_by_position: Mapping[SourcePosition, Scope]

    def prepare(self) -> None:
        """Find all names now, while nobody waits for an answer that needs them."""
        _ = self.definitions, self.references, self.scopes

    @cached_property
    def definitions(self) -> tuple[Name, ...]:
        """The names that all its files define."""
        return tuple(name for file in self.files.values() for name in file.definitions)

    @cached_property
    def references(self) -> tuple[Name, ...]:
        """The names that all its files use."""
        return tuple(name for file in self.files.values() for name in file.references)

    def names(self, kind: str, owner: Path = ()) -> tuple[str, ...]:
        """The names of one kind, in their order; `owner` as of `Name`."""
        found = (each.name for each in self.definitions if each.kind == kind and each.owner == owner)
        return tuple(dict.fromkeys(found))

    @cached_property
    def scopes(self) -> Mapping[tuple[str, Path], Scope]:
        """The names that expressions may use in a value, by its file and path."""
        found: dict[tuple[str, Path], Scope] = {}
        for file in self.files.values():
            for path, value in file.tree.values.items():
                if (scope := self.scopes_by_position.get(value.node.at)) is not None:
                    found[file.file, path] = scope
        return found

    def scope(self, file: str, path: Path) -> Scope | None:
        """The names for a value at a path: its own, or those of the value nearest to it that has some."""
        exact = self.scopes.get((file, path))
        if exact is not None:
            return exact
        best: tuple[int, int, Scope] | None = None
        for (other, there), scope in self.scopes.items():
            if other == file and (common := _common(path, there)) > 0:
                rank = (common, len(scope.names))
                if best is None or rank > best[:2]:
                    best = (*rank, scope)
        return best[2] if best is not None else None


def general(path: Path) -> Path:
    """A path without the numbers of list entries, for which a schema has one rule."""
    return tuple(0 if isinstance(step, int) else step for step in path)


def owner_of(path: Path, kind: str) -> Path:
    """What a name belongs to: a template to its job's list of tasks."""
    if kind != "template" or "tasks" not in path:
        return ()
    return path[: path.index("tasks") + 1]


def _inside(text: str, span: Span) -> Span:
    """A word without its quotes."""
    if text[span.start : span.start + 1] in _QUOTES and span.end - span.start > 1:
        return Span(span.start + 1, span.end - 1)
    return span


def _common(one: Path, other: Path) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
