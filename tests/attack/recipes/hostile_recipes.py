"""Recipes with one to three hostile values: at keys of a valid recipe, or at any key of the schema."""

from __future__ import annotations

import copy
import json
import pathlib
from functools import cache
from typing import TYPE_CHECKING, Any

from attack.recipes.hostile_values import hostile_texts
from hypothesis import strategies as st
from ruamel.yaml import YAML

from recipebatch import bundled_files

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]

_BASE = pathlib.Path(__file__).parent / "base.yaml"


@cache
def documents() -> tuple[dict[str, Any], ...]:
    """The bundled recipes, and one that uses most of the language."""
    reader = YAML(typ="safe")
    bundled = [path.read_text(encoding="utf-8") for _, path in sorted(bundled_files.recipes().items())]
    base = _BASE.read_text(encoding="utf-8")
    # Files of `../node` lie within the folder here: without hostile values each of them is valid.
    return tuple(reader.load(text.replace("../node/", "node/")) for text in [*[base] * 8, *bundled])


def leaves(value: Any, at: Path = ()) -> Iterator[Path]:
    """Where the scalars of a document are."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*at, index))
    else:
        yield at


@cache
def keys() -> tuple[Path, ...]:
    """The paths of the keys of the schema whose value may be a text; `*` is any name, 0 an element of a list."""
    schema = json.loads(bundled_files.schema("recipe.schema.json").read_text(encoding="utf-8"))
    return tuple(dict.fromkeys(_text_keys(schema, schema, (), ())))


def _text_keys(node: Any, root: dict[str, Any], at: Path, above: tuple[str, ...]) -> Iterator[Path]:
    if not isinstance(node, dict):
        return
    reference = node.get("$ref", "").rpartition("/")[2]
    if reference and above.count(reference) < 2:  # a definition that holds itself
        yield from _text_keys(root["$defs"][reference], root, at, (*above, reference))
    inner = [(at, choice) for kind in ("anyOf", "oneOf", "allOf") for choice in node.get(kind, ())]
    inner += [((*at, key), value) for key, value in node.get("properties", {}).items()]
    inner += [((*at, "any"), value) for value in node.get("patternProperties", {}).values()]
    inner += [((*at, "any"), node.get("additionalProperties")), ((*at, 0), node.get("items"))]
    for place, value in inner:
        yield from _text_keys(value, root, place, above)
    if at and "string" in (node.get("type") or ()):
        yield at


_FREE = frozenset(
    (
        "command_line", "commands", "content", "content_type", "default", "description", "display_name", "exclude",
        "file_path", "file_pattern", "group_by", "include", "into", "metadata", "path", "pattern", "prefix", "rows",
        "source", "blob", "blob_prefix", "files", "local", "uploads", "items", "when", "id", "environment_settings",
        "common_environment_settings", "task_files",
    )
)  # fmt: skip
"""Keys below which nearly any text is allowed, so that a recipe with it gets further than the reader."""


def free_leaves(document: Any) -> list[Path]:
    """Where the texts are that may be nearly anything."""
    return [at for at in leaves(document) if _FREE.intersection(at)]


def put(document: Any, at: Path, value: object) -> None:
    """Set a value in a document, and make what is missing above it."""
    here = document
    for step, following in zip(at, (*at[1:], None), strict=True):
        if isinstance(step, int):
            if not isinstance(here, list):
                return
            while len(here) <= step:
                here.append([] if isinstance(following, int) else {})
        elif not isinstance(here, dict):
            return
        if following is None:
            here[step] = value
            return
        below = here.get(step) if isinstance(here, dict) else here[step]
        if not isinstance(below, list if isinstance(following, int) else dict):
            here[step] = [] if isinstance(following, int) else {}
        here = here[step]


def rename(document: Any, at: Path, name: str) -> None:
    """Give the key that holds a leaf another name."""
    here = document
    for step in at[:-1]:
        here = here[step]
    if isinstance(here, dict):
        here[name] = here.pop(at[-1], None)


@st.composite
def hostile_recipes(draw: st.DrawFn) -> str:
    """The text of a recipe, as JSON (which is YAML) with escapes, so that half surrogates arrive too."""
    document = copy.deepcopy(draw(st.sampled_from(documents())))
    for _ in range(draw(st.sampled_from((1, 1, 1, 2, 3)))):
        value: object = draw(hostile_texts())
        kind = draw(st.integers(0, 19))
        if kind < 11:
            put(document, draw(st.sampled_from(free_leaves(document))), value)
        elif kind < 15:
            put(document, draw(st.sampled_from(sorted(leaves(document), key=str))), value)
        elif kind == 15:
            rename(document, draw(st.sampled_from(sorted(leaves(document), key=str))), str(value)[:200])
        else:
            at = draw(st.sampled_from(keys()))
            names = [name for name in document.get(at[0], {})] if len(at) > 1 and at[1] == "any" else []  # noqa: C416
            if names and isinstance(document.get(at[0]), dict):
                at = (at[0], draw(st.sampled_from(names)), *at[2:])
            put(document, at, value)
    return json.dumps(document, indent=1)
