"""Rules about outputs that are not downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.lint.subject import finding, parts
from recipebatch.recipe.model import ForFiles, OutputFileSpec, ReduceSpec, ResourceFileSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.errors import Problem
    from recipebatch.lint.subject import Subject


def uncollected(subject: Subject) -> Iterator[Problem]:
    """Containers of the run whose outputs the purge deletes and `collect` does not download."""
    recipe = subject.recipe
    if recipe.purge not in {"always", "on_success"}:
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


RULES = (uncollected,)
