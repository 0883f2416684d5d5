"""Rules about outputs that are not downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.lint.subject import finding, parts
from recipebatch.properties.purge import PurgeWhen
from recipebatch.recipe.model import ForFiles, OutputFileSpec, ReduceSpec, ResourceFileSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.errors import Problem
    from recipebatch.lint.subject import Subject


def uncollected(subject: Subject) -> Iterator[Problem]:
    """Containers of the run whose outputs the purge deletes and `collect` does not download."""
    recipe = subject.recipe
    if recipe.purge.storage not in {PurgeWhen.ALWAYS, PurgeWhen.ON_SUCCESS}:
        return
    fetched = {entry["container"] for entry in recipe.collect}
    # A container that other tasks read holds intermediate files.
    read = {part.container for part in parts(recipe.jobs, ResourceFileSpec)}
    read |= {part.container for part in parts(recipe.jobs, ForFiles)}
    read |= {part.parts_container for part in parts(recipe.jobs, ReduceSpec)}
    merged = {part.over for part in parts(recipe.jobs, ReduceSpec)}
    read |= {
        part.container
        for task in recipe.tasks
        if task.name in merged
        for part in parts(task.output_files, OutputFileSpec)
    }
    written = {part.container: part.at for part in parts(recipe.jobs, OutputFileSpec)}
    for container in recipe.storage:
        at = written.get(container.name)
        if at is not None and not container.existing and container.name not in fetched | read:
            message = f"outputs in container {container.name} are deleted without being downloaded"
            hint = f"add `- container: {container.name}` to collect"
            yield finding(at, message, "uncollected-output", hint)


def scaled_away(subject: Subject) -> Iterator[Problem]:
    """Files of tasks that are collected from nodes which a formula of the recipe removes as soon as they are idle."""
    recipe = subject.recipe
    scaled = {pool.logical for pool in recipe.pools if pool.auto_scale is not None}
    entry = next((entry for entry in recipe.collect if entry["task_files"]), None)
    job = next((job for job in recipe.jobs if job.pool in scaled and job.tasks), None)
    if entry is not None and job is not None:
        message = f"nodes that the formula of pool {job.pool} removes take the files of their tasks along"
        hint = "write `keep_logs: CONTAINER` at the tasks, for other files `output_files`, and collect that container"
        yield finding(entry.at, message, "task-files-scaled", hint)


def never_uploaded(subject: Subject) -> Iterator[Problem]:
    """Output files that name a folder, which uploads nothing."""
    for part in parts(subject.recipe.jobs, OutputFileSpec):
        pattern = part.file_pattern.literal()
        if pattern is not None and pattern.endswith(("/", "\\")):
            message = f"{pattern} is a folder: an output file that names a folder uploads nothing"
            yield finding(part.at, message, "output-folder", f"write `{pattern}**/*`")


RULES = (uncollected, scaled_away, never_uploaded)
