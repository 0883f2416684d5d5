"""Which local files a recipe needs with these parameters; `recipebatch.recipe.read_local_inputs` looks for them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from recipebatch.errors import UnknownValueError, fail_at
from recipebatch.inputs import RequiredInputs, RequiredItems, RequiredNames, RequiredTable, RequiredUpload
from recipebatch.plan.expressions import (
    UNKNOWN,
    Namespace,
    evaluate,
    evaluate_data,
    evaluate_values,
    holds_unknown,
    known,
    within_budget,
)
from recipebatch.plan.sections import Place, bind_fields
from recipebatch.recipe.model import ForFactory, ForFiles, ForRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from recipebatch.recipe.model import EnvironmentSpec, Recipe, Section


def required_inputs(recipe: Recipe, parameters: Mapping[str, object]) -> RequiredInputs:
    """The uploads of all containers and the tables of all loops, but for those that depend on something UNKNOWN.

    Raises:
        InvalidRecipeError: an expression in one of them fails.
    """
    with within_budget():
        return _required(recipe, before_run(recipe, parameters))


def _required(recipe: Recipe, scope: Mapping[str, object]) -> RequiredInputs:
    uploads: list[RequiredUpload] = []
    for container in recipe.storage:
        for number, upload in enumerate(container.uploads):
            with suppress(UnknownValueError):
                uploads.append(_upload(container.name, upload, scope, number))
    tables: list[RequiredTable] = []
    items: list[RequiredItems] = []
    local: list[RequiredNames] = []
    for loop in (task.for_each for task in recipe.tasks if task.for_each is not None):
        source = loop.source
        with suppress(UnknownValueError):
            if isinstance(source, ForRows):
                at = source.file.node.at if source.file.node else loop.at
                tables.append(RequiredTable(file=str(evaluate(source.file, scope)), at=at))
            elif isinstance(source, ForFactory):
                items.append(required_items(source, scope))
            elif isinstance(source, ForFiles) and source.local is not None:
                local.append(RequiredNames(pattern=str(evaluate(source.local, scope)), at=source.container_at))
    folders = {fragment.display_name: fragment.folder for fragment in recipe.fragments}
    return RequiredInputs(
        folder=recipe.folder,
        uploads=tuple(uploads),
        tables=tuple(tables),
        items=tuple(items),
        names=tuple(local),
        folders=folders,
    )


def are_known(uploads: Iterable[Section], scope: Mapping[str, object]) -> bool:
    """Whether it is known which blobs the uploads of a container become."""
    fields = [_fields(each, scope) for each in uploads]
    return not any(holds_unknown(each[name]) for each in fields for name in _BLOBS)


_BLOBS = ("source", "content", "exclude", "prefix", "blob")
"""Fields of an upload that decide which blobs it becomes."""


def _fields(section: Section, scope: Mapping[str, object]) -> dict[str, Any]:
    return {name: value(scope) for name, value in bind_fields(section, Place(scope)).items()}


def _upload(container: str, section: Section, scope: Mapping[str, object], number: int) -> RequiredUpload:
    """One upload; names of blobs that are not known yet are unlike any other, so that its files are looked for."""
    fields = _fields(section, scope)
    _check_metadata(section["metadata"], fields["metadata"])
    _check_content_type(section, fields["content_type"])
    known(fields["source"])
    if holds_unknown(fields["exclude"]):
        raise UnknownValueError
    unlike = {"prefix": f"unknown-{number}/", "blob": f"unknown-{number}", "content": "", "metadata": ()}
    fields |= {name: unlike.get(name) for name, value in fields.items() if holds_unknown(value)}
    return RequiredUpload(container=container, at=section.at, **fields)


def _check_content_type(section: Section, value: str | None) -> None:
    """Refuse a content type that an HTTP header cannot carry."""
    if value is not None and value is not UNKNOWN and not _fits_header(value):
        node = section["content_type"].node
        message = f"content_type must be printable ASCII, not {value[:40]!a}"
        fail_at(
            node.at if node is not None else section.at, message, "invalid-metadata", "it is sent in an HTTP header"
        )


def _fits_header(value: str) -> bool:
    return value.isascii() and value.isprintable() and value == value.strip()


def _check_metadata(pairs: EnvironmentSpec, values: tuple[tuple[str, str], ...]) -> None:
    """Refuse metadata of blobs that HTTP headers cannot carry."""
    for (name, setting), (_, value) in zip(pairs, values, strict=True):
        if setting.node is not None and value is not UNKNOWN and not _fits_header(value):
            message = f"metadata {name} must be printable ASCII, not {value[:40]!r}"
            fail_at(setting.node.at, message, "invalid-metadata", "metadata is sent in HTTP headers")


def required_items(source: ForFactory, scope: Mapping[str, object]) -> RequiredItems:
    """The call of a custom factory.

    Raises:
        InvalidRecipeError: an expression of its arguments fails.
        UnknownValueError: an argument is UNKNOWN.
    """
    arguments = evaluate_data(source.arguments, scope) if source.arguments is not None else {}
    if holds_unknown(arguments):
        raise UnknownValueError
    return RequiredItems(name=source.name, arguments=arguments, at=source.at)


def before_run(recipe: Recipe, parameters: Mapping[str, object]) -> dict[str, object]:
    """The names that are known before there is a run, and equal for every run with these parameters.

    Raises:
        InvalidRecipeError: an expression of `vars` fails.
    """
    with within_budget():
        return _scope_before_run(recipe, parameters)


def _scope_before_run(recipe: Recipe, parameters: Mapping[str, object]) -> dict[str, object]:
    secrets = {parameter.name for parameter in recipe.parameters if parameter.type == "secret"}
    plain = {name: value for name, value in parameters.items() if name not in secrets}
    scope: dict[str, object] = {
        "params": Namespace("params", plain),
        "recipe": Namespace("recipe", {"name": recipe.name, "version": recipe.version or ""}),
    }
    values: dict[str, object] = {}
    # Each value sees those above it, which are in the mapping when it is evaluated.
    scope["vars"] = Namespace("vars", values)
    for name, node in recipe.variables:
        values[name] = evaluate_values(node, scope)
    return scope
