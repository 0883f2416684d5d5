"""Which local files a recipe needs with these parameters; `recipebatch.recipe.read_local_inputs` looks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import InvalidRecipeError, Problem
from recipebatch.inputs import WantedInputs, WantedItems, WantedNames, WantedTable, WantedUpload
from recipebatch.plan.expressions import Members, data, now
from recipebatch.recipe.model import ForFactory, ForFiles, ForRows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.recipe.model import EnvironmentSpec, Recipe


def wanted_inputs(recipe: Recipe, parameters: Mapping[str, object]) -> WantedInputs:
    """The uploads of all containers and the tables of all loops.

    Raises:
        InvalidRecipeError: an expression in one of them fails.
    """
    names = before_run(recipe, parameters)
    uploads = [
        WantedUpload(
            container=container.name,
            at=upload.at,
            source=str(now(upload.source, names)),
            content=now(upload.content, names),
            blob=now(upload.blob, names),
            content_type=now(upload.content_type, names),
            metadata=_metadata(upload.metadata, names),
            exclude=tuple(str(now(pattern, names)) for pattern in upload.exclude),
            prefix=now(upload.prefix, names),
        )
        for container in recipe.storage
        for upload in container.uploads
    ]
    tables = [
        WantedTable(file=str(now(source.file, names)), at=source.file.node.at if source.file.node else loop.at)
        for task in recipe.tasks
        if (loop := task.for_each) is not None and isinstance(source := loop.source, ForRows)
    ]
    items = [
        wanted_items(loop.source, names)
        for task in recipe.tasks
        if (loop := task.for_each) is not None and isinstance(loop.source, ForFactory)
    ]
    local = [
        WantedNames(pattern=str(now(loop.source.local, names)), at=loop.source.container_at)
        for task in recipe.tasks
        if (loop := task.for_each) is not None and isinstance(loop.source, ForFiles) and loop.source.local is not None
    ]
    folders = {fragment.shown: fragment.folder for fragment in recipe.fragments}
    return WantedInputs(
        folder=recipe.folder,
        uploads=tuple(uploads),
        tables=tuple(tables),
        items=tuple(items),
        names=tuple(local),
        folders=folders,
    )


def _metadata(pairs: EnvironmentSpec, names: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Metadata of blobs; what HTTP headers cannot carry is refused.

    Raises:
        InvalidRecipeError: a value is not printable ASCII.
    """
    found = []
    for name, setting in pairs:
        value = now(setting, names)
        if not (value.isascii() and value.isprintable() and value == value.strip()):
            at = setting.node.at if setting.node is not None else None
            message = f"metadata {name} must be printable ASCII, not {value[:40]!r}"
            if at is not None:
                raise InvalidRecipeError((Problem(at, message, "invalid-metadata", "it travels in an HTTP header"),))
        found.append((name, value))
    return tuple(found)


def wanted_items(source: ForFactory, names: Mapping[str, object]) -> WantedItems:
    """The call of a custom factory.

    Raises:
        InvalidRecipeError: an expression of its arguments fails.
    """
    arguments = data(source.arguments, names) if source.arguments is not None else {}
    return WantedItems(name=source.name, arguments=arguments, at=source.at)


def before_run(recipe: Recipe, parameters: Mapping[str, object]) -> dict[str, object]:
    """The names that are known before there is a run, and equal for every run with these parameters.

    Raises:
        InvalidRecipeError: an expression of `vars` fails.
    """
    secrets = {parameter.name for parameter in recipe.parameters if parameter.type == "secret"}
    plain = {name: value for name, value in parameters.items() if name not in secrets}
    names: dict[str, object] = {
        "params": Members("params", plain),
        "recipe": Members("recipe", {"name": recipe.name, "version": recipe.version or ""}),
    }
    values: dict[str, object] = {}
    for name, node in recipe.variables:
        values[name] = data(node, {**names, "vars": Members("vars", dict(values))})
    names["vars"] = Members("vars", values)
    return names
