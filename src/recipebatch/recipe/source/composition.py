"""A recipe, its base and its fragments → one document in which every key still knows the file it was written in.

`extends: PATH` names one base recipe, `include: [PATH, …]` fragments. What the recipe itself says is stronger than its
fragments, and these than its base. Mappings merge key by key; lists of mappings with a `name` (task templates) merge by
name; any other value replaces the weaker one; an empty value (`key:`) takes the weaker one away. Two fragments of one
files with different values are refused, as a reader could not know which one applies.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, TypeAlias

from recipebatch.errors import SourcePosition, fail_at
from recipebatch.recipe.nodes import Entry, Node
from recipebatch.recipe.source.document import MAX_BYTES, MAX_DEPTH, MAX_VALUES, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from recipebatch.recipe.model import Fragment

BUNDLED = "builtin:"
MAX_FRAGMENTS = 100
"""Files that one recipe may be made from."""

_KEYS = ("extends", "include")
_DRIVE = re.compile(r"[A-Za-z]:")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


class UnreadableFragmentError(Exception):
    """A fragment cannot be had; the text says why."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


Fetch: TypeAlias = "Callable[[str], Fragment]"
"""A fragment by its name; raises UnreadableFragmentError."""


def recorded_fragments(fragments: Iterable[Fragment]) -> Fetch:
    """Gives fragments that were read before, and no others."""
    by_name = {fragment.name: fragment for fragment in fragments}

    def fetch(name: str) -> Fragment:
        if name not in by_name:
            raise UnreadableFragmentError(f"{name} cannot be read: only the recipe itself is known")
        return by_name[name]

    return fetch


def merged(document: Node, fetch: Fetch) -> tuple[Node, tuple[Fragment, ...]]:
    """The document with its base and fragments merged in, and the files it was made from, in the order of their use.

    Raises:
        InvalidRecipeError: a path leads nowhere, out of the recipe's folder or in a circle; two fragments disagree.
    """
    merger = _Merger(fetch, document)
    whole = merger.whole(document, "", ())
    return whole, tuple(merger.used.values())


class _Merger:
    def __init__(self, fetch: Fetch, recipe: Node) -> None:
        self.used: dict[str, Fragment] = {}
        self._fetch = fetch
        self._values = recipe.size
        self._characters = 0
        # A file that is taken by many is read and merged once.
        self._done: dict[str, Node] = {}

    def whole(self, document: Node, name: str, above: tuple[str, ...]) -> Node:
        """One file with all that it extends and includes, and without the keys that say so."""
        paths = {key: list(_paths(document, key)) for key in _KEYS}
        if not any(paths.values()) and not any(document.get(key) for key in _KEYS):
            return document
        plain = {key: entry for key, entry in _entries(document).items() if key not in _KEYS}
        own = Node(document.at, plain, document.size, document.height)
        weaker: Node | None = None
        for path in paths["include"]:
            part = self._part(path, name, above)
            if weaker is not None:
                _refuse_conflicts(weaker, part, own)
            weaker = part if weaker is None else over(part, weaker)
        for path in paths["extends"]:
            base = self._part(path, name, above)
            weaker = base if weaker is None else over(weaker, base)
        return own if weaker is None else over(own, weaker)

    def _part(self, path: Node, name: str, above: tuple[str, ...]) -> Node:
        target = _resolved(path, name)
        chain = (*above, name)
        if target in chain:
            circle = [*chain[chain.index(target) :], target]
            words = " → ".join(name or "the recipe" for name in circle)
            fail_at(path.at, f"{path.value} includes itself: {words}", "include-cycle")
        if target in self._done:
            return self._done[target]
        if target not in self.used:
            if len(self.used) == MAX_FRAGMENTS:
                fail_at(path.at, f"a recipe can consist of at most {MAX_FRAGMENTS} files", "too-many-includes")
            try:
                self.used[target] = self._fetch(target)
            except UnreadableFragmentError as error:
                fail_at(path.at, str(error), "missing-include", error.hint)
        fragment = self.used[target]
        self._characters += len(fragment.text)
        if self._characters > MAX_BYTES:
            message = f"the included files have more than {MAX_BYTES:,} characters together"
            fail_at(path.at, message, "too-many-includes")
        document = parse(fragment.text, fragment.display_name, MAX_VALUES - self._values)
        self._values += document.size
        self._done[target] = self.whole(document, target, chain)
        return self._done[target]


def over(strong: Node, weak: Node) -> Node:
    """The stronger value laid over the weaker one."""
    if isinstance(strong.value, dict) and isinstance(weak.value, dict):
        entries = dict(weak.value)
        for key, entry in strong.value.items():
            under = entries.get(key)
            if under is None:
                entries[key] = entry
            elif entry.value.value is None:
                del entries[key]
            else:
                entries[key] = Entry(entry.key_at, over(entry.value, under.value))
        return _node(strong.at, entries)
    named, others = _by_name(strong), _by_name(weak)
    if named is not None and others is not None:
        merged_items = {name: over(named[name], item) if name in named else item for name, item in others.items()}
        return _node(strong.at, tuple({**merged_items, **{n: i for n, i in named.items() if n not in others}}.values()))
    return strong


def _node(at: SourcePosition, value: tuple[Node, ...] | dict[str, Entry]) -> Node:
    inner = value if isinstance(value, tuple) else [entry.value for entry in value.values()]
    height = 1 + max((node.height for node in inner), default=0)
    if height > MAX_DEPTH:
        fail_at(at, f"nested deeper than {MAX_DEPTH} levels", "too-deep")
    return Node(at, value, 1 + sum(node.size for node in inner), height)


def _by_name(node: Node) -> dict[str, Node] | None:
    """The items of a list of mappings by their names; None for anything else."""
    items = node.items()
    names = [name.value if (name := item.get("name")) is not None else None for item in items]
    if not items or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        return None
    return {str(name): item for name, item in zip(names, items, strict=True)}


def _refuse_conflicts(first: Node, second: Node, recipe: Node | None) -> None:
    """Two fragments must not say different things, unless the recipe itself decides."""
    if isinstance(first.value, dict) and isinstance(second.value, dict):
        for key, entry in second.value.items():
            other = first.value.get(key)
            own = recipe.value.get(key) if recipe is not None and isinstance(recipe.value, dict) else None
            if other is not None and not key.startswith("x-"):
                _conflict(key, other.value, entry, own)
        return
    named, others = _by_name(first), _by_name(second)
    if named is not None and others is not None:
        owned = (_by_name(recipe) if recipe is not None else None) or {}
        for name in named.keys() & others.keys():
            _refuse_conflicts(named[name], others[name], owned.get(name))


def _merges(one: Node, other: Node) -> bool:
    """Whether both are mappings, or lists by name, which are laid over each other; others take each other's place."""
    if isinstance(one.value, dict) and isinstance(other.value, dict):
        return True
    return _by_name(one) is not None and _by_name(other) is not None


def _conflict(key: str, first: Node, second: Entry, own: Entry | None) -> None:
    if own is not None and not _merges(own.value, first) and not _merges(own.value, second.value):
        return  # the recipe's own value takes the place of both
    if _merges(first, second.value):
        _refuse_conflicts(first, second.value, own.value if own is not None else None)
    elif first.plain() != second.value.plain():
        hint = "set it in the recipe itself, or in only one of the two"
        fail_at(second.key_at, f"{key} is also set, to a different value, at {first.at}", "include-conflict", hint)


def _paths(document: Node, key: str) -> Iterator[Node]:
    node = document.get(key)
    if node is None:
        return
    many = key == "include"
    for path in node.items() if many and isinstance(node.value, tuple) else (node,):
        if not isinstance(path.value, str) or not path.value:
            what = "a path, or a list of paths" if many else "one path"
            fail_at(path.at, f"{key} must be {what}", "invalid-recipe", "or `builtin:NAME` for a bundled recipe")
        yield path


def _resolved(path: Node, name: str) -> str:
    """The name of the fragment that a path in the file `name` means.

    Raises:
        InvalidRecipeError: the path is absolute or is outside the recipe's folder.
    """
    written = str(path.value)
    if written.startswith(BUNDLED):
        return written
    hint = "fragments must be in the recipe's folder or below it; a bundled recipe is `builtin:NAME`"
    if _ADDRESS.match(written):
        advice = "download it into the recipe's folder and name its path; a bundled recipe is `builtin:NAME`"
        fail_at(path.at, f"{written} is an address, not a path", "include-outside", advice)
    if name.startswith(BUNDLED) or written.startswith("/") or "\\" in written or _DRIVE.match(written):
        fail_at(path.at, f"{written} is not a relative path with /", "include-outside", hint)
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), written))
    if target == ".." or target.startswith("../"):
        fail_at(path.at, f"{written} is outside the recipe's folder", "include-outside", hint)
    return target


def _entries(document: Node) -> dict[str, Entry]:
    return document.value if isinstance(document.value, dict) else {}
