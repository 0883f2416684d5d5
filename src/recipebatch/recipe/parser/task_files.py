"""`resource_files:` and `output_files:` → ResourceFileSpec, OutputFileSpec."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipebatch.properties import value_types
from recipebatch.recipe.expressions import Expression, has_expression
from recipebatch.recipe.model import OutputFileSpec, ResourceFileSpec
from recipebatch.recipe.parser.section_reader import keyword_at

if TYPE_CHECKING:
    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.section_reader import Reader

_SIGNATURE = re.compile(r"[?&](sig|code|key|token|access_token)=", re.IGNORECASE)


def resource_files(node: Node | None, reader: Reader) -> tuple[ResourceFileSpec, ...]:
    """All entries of `resource_files:`, or of another list of such files."""
    return tuple(_resource_file(item, reader) for item in (node.items() if node is not None else ()))


def output_files(node: Node | None, reader: Reader) -> tuple[OutputFileSpec, ...]:
    """All entries of `output_files:`."""
    return tuple(
        OutputFileSpec(
            at=item.at,
            file_pattern=reader.setting(item, "file_pattern", value_types.path_pattern, None),
            container=reader.reference(item.get("container"), reader.containers, "container") or "",
            path=reader.text(item, "path"),
            upload_condition=keyword_at(item, "upload_condition", "task_completion").replace("_", ""),
            required=_is_required(item),
        )
        for item in (node.items() if node is not None else ())
    )


def _is_required(node: Node) -> bool:
    said = node.get("required")
    return said is None or bool(said.value)


def _resource_file(node: Node, reader: Reader) -> ResourceFileSpec:
    is_text = isinstance(node.value, str)
    is_file = is_text and has_expression(str(node.value))
    this_file = node.value == "file" and "file" not in reader.containers
    if is_file:
        _check_file(node, reader)
    elif this_file and "file" not in reader.scope.names:
        reader.problem(node.at, "file is not available here", "unknown-name", reader.scope.elsewhere.get("file"))
    mapping = None if is_text else node
    container = mapping.get("container") if mapping is not None else None
    if is_text and not is_file and not this_file:
        container = node
    if mapping is not None:
        _check_form(mapping, reader)
    mode = mapping.get("file_mode") if mapping is not None else None
    return ResourceFileSpec(
        at=node.at,
        file=node if is_file else None,
        container=reader.reference(container, reader.containers, "container"),
        blob=reader.text(mapping, "blob"),
        blob_prefix=reader.setting(mapping, "blob_prefix", value_types.text, None),
        http_url=reader.setting(mapping, "http_url", _http_url, None),
        file_path=reader.setting(mapping, "file_path", value_types.relative_path, None),
        file_mode=str(mode.value) if mode is not None else None,
        auto_storage_container_name=reader.text(mapping, "auto_storage_container_name"),
        this_file=this_file,
    )


def _check_file(node: Node, reader: Reader) -> None:
    pieces = reader.template(node)
    if pieces is None:
        return
    is_file = len(pieces) == 1 and isinstance(pieces[0], Expression) and pieces[0].source in {"file", "files"}
    if not is_file:
        hint = "write `- container: NAME` with `blob: …`, or `- ${{ file }}` in a for_each: files loop"
        reader.problem(
            node.at, "a resource file given by an expression must be ${{ file }} alone", "resource-file-form", hint
        )


def _check_form(node: Node, reader: Reader) -> None:
    entries = node.entries()
    form = next((key for key in ("http_url", "auto_storage_container_name") if key in entries), None)
    if form is not None:
        for key in ("blob", "blob_prefix") if form == "http_url" else ("blob",):
            if key in entries:
                message = f"{key} can only be used with container, not with {form}"
                reader.problem(entries[key].key_at, message, "exclusive-keys", f"remove {key}")
    elif "blob" in entries and "blob_prefix" in entries:
        message = "blob and blob_prefix cannot be used together"
        reader.problem(entries["blob_prefix"].key_at, message, "exclusive-keys", "keep one of them")


def _http_url(value: object) -> str:
    text = value_types.some_text(value)
    if not re.match(r"https?://[^/\s]+", text):
        raise ValueError(f"must begin with http:// or https://, not {value_types.format_value(text)}")
    if _SIGNATURE.search(text):
        raise ValueError("must not contain a key or SAS token: reference a container of storage instead")
    return text
