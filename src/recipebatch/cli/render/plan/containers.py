"""Containers of a plan with their files, and what a run takes from this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.cli.render.plan.alike import span_of
from recipebatch.cli.render.plan.parts import counted, listed
from recipebatch.cli.render.plan.sections import Block, Section
from recipebatch.report.changes import BLOB, CONTAINER
from recipebatch.text.sizes import size_text
from recipebatch.vocabulary.durations import span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.cli.render.plan.marks import Marks
    from recipebatch.plan.model import MachineInputs, Plan, PlannedContainer, PlannedUpload, TakenFile

_FEW_FILES = 4
"""Files of a container that are listed though the others are folded."""
_MOST_IDS = 5
_TAKES = "Takes from this machine, beyond the recipe's folder"


def container_section(planned: Plan, marks: Marks, *, all_tasks: bool) -> Section:
    """The containers, each with the number and size of what is uploaded to it."""
    blocks = (_container(container, planned.takes, marks, all_files=all_tasks) for container in planned.containers)
    return Section("Containers", tuple(blocks))


def _container(container: PlannedContainer, takes: MachineInputs | None, marks: Marks, *, all_files: bool) -> Block:
    uploads = container.uploads
    size = sum(upload.size for upload in uploads)
    facts = listed(
        (
            f"{counted(len(uploads), 'file')}, {size_text(size)}" if uploads else "",
            f"account {container.account}" if container.account else "",
            f"kept for {span(container.retention)}" if container.retention is not None else "",
            "reached with a managed identity" if container.identity is not None else "",
        )
    )
    kind = "existing container" if container.existing else "container"
    symbol = marks.symbol(CONTAINER, container.name)
    head = f"  {symbol}{kind} {container.logical}: {container.name}{f' · {facts}' if facts else ''}"
    if all_files or len(uploads) <= _FEW_FILES:
        signs = marks.blob_symbols(container.name)
        lines = [
            f"    {signs.get(upload.blob, '')}{upload.blob} · {size_text(upload.size)} · {_source(upload, takes)}"
            for upload in uploads
        ]
    else:
        lines = [_folded(uploads, takes), *marks.blob_lines(container.name)]
    notes = (*marks.notes(CONTAINER, container.name, indent=6), *marks.notes(BLOB, container.name, indent=6))
    return Block((head, *lines, *notes), "container")


def _folded(uploads: Sequence[PlannedUpload], takes: MachineInputs | None) -> str:
    """The first and the last of many files, and the folder that has all of them."""
    folders = {_source(upload, takes).rpartition("/")[0] if upload.source else "" for upload in uploads}
    where = f" · from {folder}/" if len(folders) == 1 and (folder := next(iter(folders))) else ""
    where = where or (f" · from {len(folders):,} folders" if len(folders) > 1 else "")
    return f"    {span_of(uploads[0].blob, uploads[-1].blob)}{where}"


def _source(upload: PlannedUpload, takes: MachineInputs | None) -> str:
    """Where a blob's content is: a path of the recipe's folder is relative to it."""
    if upload.source is None:
        return "a text of the recipe"
    if takes is not None and upload.source.is_relative_to(takes.folder):
        return str(upload.source.relative_to(takes.folder))
    return str(upload.source)


def taken_section(takes: MachineInputs | None) -> Section:
    """What a run takes from this machine beyond the recipe's folder."""
    return Section(_TAKES, tuple(Block((line,), "thing") for line in _taken(takes)))


def taken_text(takes: MachineInputs | None, most_folders: int = 20) -> list[str]:
    """The same as lines that stand alone."""
    lines = _taken(takes, most_folders)
    return ["takes from this machine, beyond the recipe's folder:", *lines] if lines else []


def _taken(takes: MachineInputs | None, most_folders: int = 20) -> list[str]:
    """Files of one folder are one line."""
    if takes is None or takes.is_empty:
        return []
    lines: list[str] = []
    folders: dict[str, list[TakenFile]] = {}
    for file in takes.files:
        folders.setdefault(file.path.rpartition("/")[0], []).append(file)
    for folder, files in list(folders.items())[:most_folders]:
        if len(files) <= _MOST_IDS:
            lines += [f"  file {file.path}: {file.use}" for file in files]
        else:
            lines.append(f"  {len(files):,} files in {folder}: {files[0].path.rpartition('/')[2]}, …")
    shown = sum(len(files) for files in list(folders.values())[:most_folders])
    lines += [f"  … and {takes.file_count - shown:,} more files (--json shows all)"] if takes.file_count > shown else []
    lines += [f"  environment variable {name}" for name in takes.variables]
    for secret in takes.secrets:
        more = f" and {secret.uses - _MOST_IDS:,} more" if secret.uses > _MOST_IDS else ""
        places = ", ".join(secret.used_by[:_MOST_IDS]) or "nothing"
        lines.append(f"  secret {secret.name} from {secret.source}: used by {places}{more}")
    lines += [f"  storage account {name} of accounts.yaml" for name in takes.accounts]
    return [*lines, *(f"  code of the installed task factory {name}" for name in takes.factories)]
