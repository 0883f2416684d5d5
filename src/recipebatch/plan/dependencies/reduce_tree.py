"""`reduce`: a tree of tasks that merges what the tasks of another template wrote; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recipebatch.errors import SourcePosition, fail_at
from recipebatch.properties.files import OutputFile, ResourceFile
from recipebatch.vocabulary.blob_names import unfit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.plan.model import PlannedTask
    from recipebatch.recipe.model import OutputFileSpec, ReduceSpec, TaskSpec

FOLDER = "inputs"
"""Where the parts are put, below the working directory of the task that merges them."""

_WILDCARDS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Merge:
    """One task of the tree.

    Attributes:
        level: from 1; the last level has one task.
        index: its number in the level, from 0.
        parts: (level, first, end) of what it merges; level 0 are the tasks of the template that is reduced.
    """

    level: int
    index: int
    parts: tuple[int, int, int]


def tree(parts: int, fan_in: int) -> list[Merge]:
    """The tasks that merge so many parts, level by level; one task at least."""
    found: list[Merge] = []
    level = 0
    while True:
        level += 1
        count = max(1, -(-parts // fan_in))
        found += [
            Merge(level, index, (level - 1, index * fan_in, min(parts, (index + 1) * fan_in))) for index in range(count)
        ]
        if count == 1:
            return found
        parts = count


def default_ids(name: str, merges: Sequence[Merge]) -> list[str]:
    """The template's own name for the last task, `<name>-<level>-<index>` for the others."""
    widths = {merge.level: len(str(merge.index)) for merge in merges}
    lower = [f"{name}-{merge.level}-{merge.index:0{widths[merge.level]}d}" for merge in merges[:-1]]
    return [*lower, name]


def merged_output(spec: TaskSpec, at: SourcePosition, pattern: str | None = None) -> int:
    """Which output file of a template holds its result: the only one without a wildcard, or the one that is named.

    Raises:
        InvalidRecipeError: there is none, or more than one.
    """
    found = [
        number
        for number, file in enumerate(spec.output_files)
        if file.upload_condition != "taskfailure"
        and not _WILDCARDS & set(_pattern(file))
        and not _pattern(file).startswith("..")
        and (pattern is None or _pattern(file) == pattern)
    ]
    if len(found) != 1:
        few = "no output file" if not found else "more than one output file"
        what = "without a wildcard" if pattern is None else f"with file_pattern {pattern}"
        hint = "add `output_files: [{file_pattern: result.txt, container: …, path: …}]` to it"
        if found:
            hint = "name one by its file_pattern: `output: …`"
        fail_at(at, f"the task template {spec.name} has {few} {what} that could be merged", "reduce-output", hint)
    return found[0]


def part_of(task: PlannedTask, output: int) -> OutputFile:
    """The blob that a task writes, as an output file whose `path` is the blob's name."""
    file = task.output_files[output]
    return replace(file, path=file.path or file.file_pattern)


def local_name(part: OutputFile) -> str:
    """Where a merging task finds a part."""
    return f"{FOLDER}/{part.path}"


def part_file(part: OutputFile, *, optional: bool) -> ResourceFile:
    """The download of one part; `optional`: no error where it is not there, because its task failed."""
    if optional:
        # The blobs of a prefix: the service minds a missing blob, but not a prefix without any.
        return ResourceFile(container=part.container, blob_prefix=part.path, file_path=FOLDER)
    return ResourceFile(container=part.container, blob=part.path, file_path=local_name(part))


def between(file: OutputFile, spec: ReduceSpec, task_id: str) -> OutputFile:
    """Where a task of a lower level puts its result: not beside the last one's, which is collected.

    Raises:
        InvalidRecipeError: no blob can have the name.
    """
    path = f"{file.path or file.file_pattern}.parts/{task_id}"
    if (problem := unfit(path)) is not None:
        fail_at(spec.at, f"the intermediate result {path!a} {problem}", "invalid-blob-name", "use a shorter path")
    return replace(file, container=spec.parts_container, path=path)


def _pattern(file: OutputFileSpec) -> str:
    node = file.file_pattern.node
    return str(node.value) if node is not None else ""
