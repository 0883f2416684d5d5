"""The bundled recipes, and a new recipe that starts as a copy of one."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from recipebatch import bundled_files
from recipebatch.errors import UsageError
from recipebatch.recipe import has_expression
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.errors import SourcePosition
    from recipebatch.recipe import Node
    from recipebatch.recipe.model import Recipe

_SCHEMAS = ("recipe.schema.json", "recipe-test.schema.json")
_EVENTS = "events.schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledParameter:
    """One input of a bundled recipe; `default` is None where a value must be given."""

    name: str
    type: str
    default: object
    description: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledRecipe:
    """A recipe that comes with the package; `builtin:NAME` names it everywhere."""

    name: str
    description: str | None
    parameters: tuple[BundledParameter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecipe:
    """A recipe that was created.

    Attributes:
        recipe: the file to edit.
        files: all files of the folder, relative to it.
    """

    recipe: Path
    files: tuple[str, ...]
    origin: str


def bundled() -> tuple[BundledRecipe, ...]:
    """The bundled recipes by name."""
    from recipebatch.recipe import read_recipe

    found = []
    for name, path in bundled_files.recipes().items():
        recipe = read_recipe(path)
        parameters = tuple(
            BundledParameter(name=it.name, type=it.type, default=it.default, description=it.description)
            for it in recipe.parameters
        )
        found.append(BundledRecipe(name=name, description=recipe.description, parameters=parameters))
    return tuple(found)


def schema(of: str = "recipe") -> str:
    """The JSON Schema of one kind of file, as editors use it.

    Args:
        of: `recipe`, `recipe-test` or `events`.

    Raises:
        UsageError: there is no such kind.
    """
    if f"{of}.schema.json" not in {*_SCHEMAS, _EVENTS}:
        raise UsageError(f"there is no schema of {of}", hint="there are: recipe, recipe-test, events")
    text = bundled_files.schema(f"{of}.schema.json").read_text(encoding="utf-8")
    if f"{of}.schema.json" == _EVENTS:
        # No editor is needed to write it.
        return text
    from recipebatch.recipe import schema_for_editors

    body = json.loads(text)
    return json.dumps(schema_for_editors(body), indent=2, ensure_ascii=False) + "\n"


def schema_reference(of: str = "recipe") -> str:
    """The same as a page in Markdown, with every key, its meaning, default and an example; raises as `schema`."""
    from recipebatch.recipe import schema_page

    return schema_page(json.loads(schema(of)))


def new_recipe(name: str, origin: str, *, into: Path) -> NewRecipe:
    """Begin a recipe: a folder `name` with a copy of a bundled recipe and all that it refers to.

    Args:
        name: of the new recipe, of its folder and its file.
        origin: the bundled recipe to copy.
        into: where the folder is made.

    Raises:
        UsageError: the name cannot be a recipe's, the folder exists, or there is no such bundled recipe.
    """
    known = bundled_files.recipes()
    if origin not in known:
        raise UsageError(f"there is no bundled recipe {origin!r}", hint=did_you_mean(origin, known))
    if not re.search(_name_pattern(), name):
        hint = "letters, digits, hyphens and underscores, beginning and ending with a letter or digit"
        raise UsageError(f"{name} cannot be the name of a recipe", hint=hint)
    folder = into / name
    if folder.exists():
        raise UsageError(f"{folder} exists already", hint="choose another name: nothing is overwritten")
    try:
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=into) as scratch:
            whole = Path(scratch) / name
            _write(whole, name, known[origin])
            whole.rename(folder)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}") from None
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return NewRecipe(recipe=folder / f"{name}.yaml", files=tuple(files), origin=origin)


def _write(folder: Path, name: str, origin: Path) -> None:
    """Everything into an empty folder."""
    from recipebatch.recipe import read_document, read_recipe

    folder.mkdir()
    text = origin.read_text(encoding="utf-8")
    document, recipe = read_document(origin), read_recipe(origin)
    changes = [(_node(document, "name").at, recipe.name, name)]
    for node in _local_paths(recipe):
        written = str(node.value)
        below = _below(written)
        changes.append((node.at, written, below))
        _copy(origin.parent, written, folder / below)
    for written in _paths_by_default(recipe):
        _copy(origin.parent, written, folder / written)
    text = _with_changes(text, changes).replace(f"recipes/{origin.name}", f"{name}.yaml")
    (folder / f"{name}.yaml").write_text(_with_own_schema(text), encoding="utf-8")
    tests = origin.with_name(f"{origin.stem}.test.yaml")
    # A golden plan has the name of the recipe in it, so it is not that of another.
    if tests.is_file() and "golden:" not in (cases := tests.read_text(encoding="utf-8")):
        cases = cases.replace(f"recipes/{tests.name}", f"{name}.test.yaml").replace(origin.name, f"{name}.yaml")
        (folder / f"{name}.test.yaml").write_text(_with_own_schema(cases).replace("test recipes/", "test ."), "utf-8")
    for name_of_schema in _SCHEMAS:
        text = schema(name_of_schema.removesuffix(".schema.json"))
        (folder / name_of_schema).write_text(text, encoding="utf-8")


def _local_paths(recipe: Recipe) -> Iterator[Node]:
    """Where the recipe names local files, written out: uploads and tables."""
    from recipebatch.recipe.model import ForRows

    for container in recipe.storage:
        for upload in container.uploads:
            node = upload["source"].node
            if node is not None and not has_expression(str(node.value)):
                yield node
    for task in recipe.tasks:
        if task.for_each is not None and isinstance(task.for_each.source, ForRows):
            node = task.for_each.source.file.node
            if node is not None and not has_expression(str(node.value)):
                yield node


def _paths_by_default(recipe: Recipe) -> Iterator[str]:
    """What the recipe names by its parameters' defaults: paths below its own folder, which stay as they are."""
    from recipebatch.plan import bind_parameters, required_inputs

    wanted = required_inputs(recipe, bind_parameters(recipe, {}))
    for written in (*(upload.source for upload in wanted.uploads), *(table.file for table in wanted.tables)):
        if written is not None and _below(written) == written:
            yield written


def _below(written: str) -> str:
    """The path without the steps out of the recipe's folder."""
    parts = PurePosixPath(written).parts
    return PurePosixPath(*[part for part in parts if part != ".."]).as_posix()


def _copy(folder: Path, written: str, target: Path) -> None:
    """Copy what a path or pattern names, below the part of it that is no pattern."""
    fixed, pattern = _fixed_part(written)
    base, depth = folder / fixed, len(PurePosixPath(_below(fixed)).parts)
    root = target.parents[len(PurePosixPath(_below(written)).parts) - 1 - depth] if pattern else target
    if not pattern:
        found = [base] if base.is_file() else [path for path in base.rglob("*") if path.is_file()]
    else:
        found = [path for path in base.glob(pattern) if path.is_file()]
    for path in found:
        destination = root if path == base else root / path.relative_to(base)
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, destination)


def _fixed_part(written: str) -> tuple[str, str]:
    parts = PurePosixPath(written).parts
    number = next((number for number, part in enumerate(parts) if re.search(r"[*?\[]", part)), len(parts))
    return PurePosixPath(*parts[:number]).as_posix(), "/".join(parts[number:])


def _with_changes(text: str, changes: list[tuple[SourcePosition, str, str]]) -> str:
    """The text with some scalars replaced, layout and comments as they are."""
    lines = text.split("\n")
    for at, old, new in sorted(set(changes), key=lambda change: change[0], reverse=True):
        line, begin = lines[at.line - 1], at.column - 1
        begin = line.index(old, begin)
        lines[at.line - 1] = line[:begin] + new + line[begin + len(old) :]
    return "\n".join(lines)


def _with_own_schema(text: str) -> str:
    """Editors find the schema beside the recipe."""
    return text.replace("$schema=../schemas/", "$schema=")


def _node(document: Node, key: str) -> Node:
    found = document.get(key)
    if found is None:
        raise ValueError(f"a valid recipe has {key}")
    return found


def _name_pattern() -> str:
    schema = json.loads(bundled_files.schema("recipe.schema.json").read_text(encoding="utf-8"))
    return str(schema["properties"]["name"]["pattern"])
