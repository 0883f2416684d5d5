"""Which local files a recipe needs with these parameters; `recipebatch.recipe.read_local_inputs` looks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import fail_at
from recipebatch.inputs import RequiredInputs, RequiredItems, RequiredNames, RequiredTable, RequiredUpload
from recipebatch.plan.expressions import Namespace, evaluate, evaluate_data, within_budget
from recipebatch.plan.sections import Place, bind_fields
from recipebatch.recipe.model import ForFactory, ForFiles, ForRows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.recipe.model import EnvironmentSpec, Recipe, Section


def required_inputs(recipe: Recipe, parameters: Mapping[str, object]) -> RequiredInputs:
    """The uploads of all containers and the tables of all loops.

    Raises:
        InvalidRecipeError: an expression in one of them fails.
    """
    with within_budget():
        return _required(recipe, before_run(recipe, parameters))


def _required(recipe: Recipe, scope: Mapping[str, object]) -> RequiredInputs:
    uploads = [_upload(container.name, upload, scope) for container in recipe.storage for upload in container.uploads]
    tables = [
        RequiredTable(file=str(evaluate(source.file, scope)), at=source.file.node.at if source.file.node else loop.at)
        for task in recipe.tasks
        if (loop := task.for_each) is not None and isinstance(source := loop.source, ForRows)
    ]
    items = [
        required_items(loop.source, scope)
        for task in recipe.tasks
        if (loop := task.for_each) is not None and isinstance(loop.source, ForFactory)
    ]
    local = [
        RequiredNames(pattern=str(evaluate(loop.source.local, scope)), at=loop.source.container_at)
        for task in recipe.tasks
        if (loop := task.for_each) is not None and isinstance(loop.source, ForFiles) and loop.source.local is not None
    ]
    folders = {fragment.display_name: fragment.folder for fragment in recipe.fragments}
    return RequiredInputs(
        folder=recipe.folder,
        uploads=tuple(uploads),
        tables=tuple(tables),
        items=tuple(items),
        names=tuple(local),
        folders=folders,
    )


def _upload(container: str, section: Section, scope: Mapping[str, object]) -> RequiredUpload:
    fields = {name: value(scope) for name, value in bind_fields(section, Place(scope)).items()}
    _check_metadata(section["metadata"], fields["metadata"])
    _check_content_type(section, fields["content_type"])
    return RequiredUpload(container=container, at=section.at, **fields)


def _check_content_type(section: Section, value: str | None) -> None:
    """Refuse a content type that an HTTP header cannot carry."""
    if value is not None and not _fits_header(value):
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
        if setting.node is not None and not _fits_header(value):
            message = f"metadata {name} must be printable ASCII, not {value[:40]!r}"
            fail_at(setting.node.at, message, "invalid-metadata", "metadata is sent in HTTP headers")


def required_items(source: ForFactory, scope: Mapping[str, object]) -> RequiredItems:
    """The call of a custom factory.

    Raises:
        InvalidRecipeError: an expression of its arguments fails.
    """
    arguments = evaluate_data(source.arguments, scope) if source.arguments is not None else {}
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
        values[name] = evaluate_data(node, scope)
    return scope
