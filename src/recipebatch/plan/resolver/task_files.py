"""Resource files and output files of tasks: which blobs come to a node, and which files leave it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from recipebatch.errors import InvalidRecipeError, Problem, SourcePosition
from recipebatch.plan.expressions import File, ready, ready_file
from recipebatch.plan.model import PlannedOutputFile, PlannedResourceFile
from recipebatch.vocabulary.blob_names import unfit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipebatch.recipe.model import OutputFileSpec, ResourceFileSpec

    Names = Mapping[str, object]
    Files = tuple[PlannedResourceFile, ...]


def resource_files(
    specs: tuple[ResourceFileSpec, ...], static: Names, dynamic: frozenset[str]
) -> Callable[[Names], Files]:
    """A function from the names of one task to its resource files."""
    parts = [_resource_file(spec, static, dynamic) for spec in specs]
    if not parts:
        return lambda _names: ()
    return lambda names: tuple([file for part in parts for file in part(names)])


def _resource_file(spec: ResourceFileSpec, static: Names, dynamic: frozenset[str]) -> Callable[[Names], Files]:
    if spec.file is not None:
        return _looped_files(spec, ready_file(spec.file))
    if spec.this_file:
        return _looped_files(spec, lambda names: names.get("file", names.get("files")))
    linked = spec.auto_storage_container_name
    auto_storage = ready(linked, static, dynamic) if linked is not None else lambda _names: None
    blob = ready(spec.blob, static, dynamic)
    prefix = ready(spec.blob_prefix, static, dynamic)
    url = ready(spec.http_url, static, dynamic)
    path = ready(spec.file_path, static, dynamic)

    def make(names: Names) -> Files:
        one = blob(names)
        address = url(names)
        file_path = path(names)
        if file_path is None and (one is not None or address is not None):
            file_path = _base_name(spec.at, one if one is not None else re.split(r"[?#]", address or "")[0])
        return (
            PlannedResourceFile(
                container=spec.container,
                blob=one,
                blob_prefix=prefix(names) or None,
                http_url=address,
                file_path=file_path,
                file_mode=spec.file_mode,
                auto_storage_container_name=auto_storage(names),
            ),
        )

    return make


def _looped_files(spec: ResourceFileSpec, value: Callable[[Names], object]) -> Callable[[Names], Files]:
    """The blob of the loop, or the blobs of a group or batch, each under its base name."""

    def make(names: Names) -> Files:
        found = value(names)
        files = found if isinstance(found, list) else [found]
        places: dict[str, str] = {}
        planned = []
        for file in files:
            if not isinstance(file, File):
                _fail(
                    spec.at, "a resource file by expression is ${{ file }} or ${{ files }} alone", "resource-file-form"
                )
            if not file.container:
                message = "a loop over local files has names and no blobs"
                _fail(spec.at, message, "resource-file-form", "upload them by `storage`, and loop over the container")
            name = _base_name(spec.at, file.path)
            other = places.setdefault(name, file.path)
            if other != file.path:
                message = f"{other} and {file.path} would be the same file of one task, {name}"
                _fail(spec.at, message, "duplicate-file", "group or batch them so that their names differ")
            planned.append(
                PlannedResourceFile(container=file.container, blob=file.path, file_path=name, file_mode=spec.file_mode)
            )
        return tuple(planned)

    return make


def _base_name(at: SourcePosition, path: str) -> str:
    name = path.rpartition("/")[2]
    if name in {"", ".", ".."}:
        _fail(at, f"{path!r} gives no file name", "resource-file-form", "say `file_path`")
    return name


def _fail(at: SourcePosition, message: str, code: str, hint: str | None = None) -> NoReturn:
    raise InvalidRecipeError((Problem(at, message, code, hint),))


def output_file(spec: OutputFileSpec, static: Names, dynamic: frozenset[str]) -> Callable[[Names], PlannedOutputFile]:
    """A function from the names of one task to one of its output files."""
    pattern = ready(spec.file_pattern, static, dynamic)
    path = ready(spec.path, static, dynamic)

    def make(names: Names) -> PlannedOutputFile:
        target = path(names) or None
        if target is not None and (problem := unfit(target)) is not None:
            at = spec.path.node.at if spec.path.node is not None else spec.at
            raise InvalidRecipeError((Problem(at, f"the path {target!a} {problem}", "invalid-blob-name"),))
        return PlannedOutputFile(
            file_pattern=pattern(names) or "",
            container=spec.container,
            path=target,
            upload_condition=spec.upload_condition,
        )

    return make
