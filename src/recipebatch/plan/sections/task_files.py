"""Resource files and output files of tasks: which blobs come to a node, and which files leave it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from recipebatch.errors import SourcePosition, fail_at
from recipebatch.plan.expressions import File, combine, compile_node, compile_setting, known
from recipebatch.properties.files import OutputFile, ResourceFile
from recipebatch.vocabulary.blob_names import too_long_for_a_disk, unfit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipebatch.recipe.model import OutputFileSpec, ResourceFileSpec

    Scope = Mapping[str, object]
    Files = tuple[ResourceFile, ...]

T = TypeVar("T")
Bound: TypeAlias = "Callable[[Scope], T]"


def resource_files(specs: tuple[ResourceFileSpec, ...], static: Scope, dynamic: frozenset[str]) -> Bound[Files]:
    """A function from the names of one task to its resource files."""
    parts = [_resource_file(spec, static, dynamic) for spec in specs]
    return combine(parts, lambda found: tuple([file for files in found for file in files]))


def output_files(
    specs: tuple[OutputFileSpec, ...], static: Scope, dynamic: frozenset[str]
) -> Bound[tuple[OutputFile, ...]]:
    """A function from the names of one task to its output files."""
    return combine([_output_file(spec, static, dynamic) for spec in specs], tuple)


def _resource_file(spec: ResourceFileSpec, static: Scope, dynamic: frozenset[str]) -> Callable[[Scope], Files]:
    if spec.file is not None:
        return _looped_files(spec, compile_node(spec.file))
    if spec.this_file:
        return _looped_files(spec, lambda scope: scope.get("file", scope.get("files")))
    settings = (spec.blob, spec.blob_prefix, spec.http_url, spec.file_path, spec.auto_storage_container_name)

    def make(values: list[Any]) -> Files:
        blob, prefix, url, path, linked = values
        if path is None and (blob is not None or url is not None):
            path = _base_name(spec.at, blob if blob is not None else re.split(r"[?#]", url or "")[0])
        if path and (problem := too_long_for_a_disk(path)) is not None:
            node = spec.file_path.node
            at = node.at if node is not None else spec.at
            fail_at(at, f"the path {path!a} {problem}", "invalid-blob-name", "set a shorter `file_path`")
        return (
            ResourceFile(
                container=spec.container,
                blob=blob,
                blob_prefix=prefix or None,
                http_url=url,
                file_path=path,
                file_mode=spec.file_mode,
                auto_storage_container_name=linked,
            ),
        )

    return combine([compile_setting(setting, static, dynamic) for setting in settings], make)


def _looped_files(spec: ResourceFileSpec, value: Callable[[Scope], object]) -> Callable[[Scope], Files]:
    """The blob of the loop, or the blobs of a group or batch, each under its base name."""

    def make(scope: Scope) -> Files:
        found = known(value(scope))
        files = found if isinstance(found, list) else [found]
        places: dict[str, str] = {}
        planned = []
        for file in files:
            known(file)
            if not isinstance(file, File):
                fail_at(
                    spec.at,
                    "a resource file given by an expression must be ${{ file }} or ${{ files }} alone",
                    "resource-file-form",
                )
            if not file.container:
                message = "a loop over local files has names and no blobs"
                fail_at(
                    spec.at, message, "resource-file-form", "upload them with `storage`, and loop over the container"
                )
            name = _base_name(spec.at, file.path)
            other = places.setdefault(name, file.path)
            if other != file.path:
                message = f"{other} and {file.path} would be the same file of one task, {name}"
                fail_at(spec.at, message, "duplicate-file", "group or batch them so that their names differ")
            planned.append(
                ResourceFile(container=file.container, blob=file.path, file_path=name, file_mode=spec.file_mode)
            )
        return tuple(planned)

    return make


def _base_name(at: SourcePosition, path: str) -> str:
    name = path.rpartition("/")[2]
    if name in {"", ".", ".."}:
        fail_at(at, f"{path!r} gives no file name", "resource-file-form", "set `file_path`")
    return name


def _output_file(spec: OutputFileSpec, static: Scope, dynamic: frozenset[str]) -> Bound[OutputFile]:
    """A function from the names of one task to one of its output files."""

    def make(values: list[Any]) -> OutputFile:
        pattern, path = values
        if path and (problem := unfit(path)) is not None:
            at = spec.path.node.at if spec.path.node is not None else spec.at
            fail_at(at, f"the path {path!a} {problem}", "invalid-blob-name")
        return OutputFile(
            file_pattern=pattern or "",
            container=spec.container,
            path=path or None,
            upload_condition=spec.upload_condition,
            required=spec.required,
        )

    return combine([compile_setting(setting, static, dynamic) for setting in (spec.file_pattern, spec.path)], make)
