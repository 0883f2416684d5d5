"""The tasks of a merge tree, made one level after the other: each gets the results of its parts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.plan.dependencies.dependencies import wire
from recipebatch.plan.dependencies.reduce_tree import between, local_name, part_file, part_of
from recipebatch.plan.model import PlannedDependencies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.plan.dependencies.reduce_tree import Merge
    from recipebatch.plan.model import PlannedTask
    from recipebatch.recipe.model import ReduceSpec


class Merging:
    """The tree of one template.

    Args:
        spec: its `reduce:`.
        merges: its tasks, level by level.
        over: the tasks whose results are merged; None where one is not right.
        over_output: which output file of those is their result.
        output: which output file of the merging tasks is theirs.
    """

    def __init__(
        self,
        spec: ReduceSpec,
        merges: Sequence[Merge],
        over: Sequence[PlannedTask | None],
        over_output: int,
        output: int,
    ) -> None:
        self._spec = spec
        self._merges = merges
        self._over = over
        self._over_output = over_output
        self._output = output
        self._starts: dict[int, int] = {}
        for number, merge in enumerate(merges):
            self._starts.setdefault(merge.level, number)

    def inputs(self, number: int, made: Sequence[PlannedTask | None]) -> list[str]:
        """Where a task finds its parts, below its working directory; in their order."""
        return [local_name(part_of(task, output)) for task, output in self._parts(number, made)]

    def finished(self, number: int, task: PlannedTask, made: Sequence[PlannedTask | None]) -> PlannedTask:
        """The task with the downloads of its parts and what it waits for; a lower level writes beside the last."""
        parts = self._parts(number, made)
        optional = self._spec.on_failed == "satisfy"
        files = tuple(part_file(part_of(part, output), optional=optional) for part, output in parts)
        outputs = list(task.output_files)
        if number != len(self._merges) - 1:
            outputs[self._output] = between(outputs[self._output], self._spec, task.id)
        waits = wire(str(part.id) for part, _ in parts)
        if task.depends_on is not None:
            waits = PlannedDependencies(
                task_ids=tuple(dict.fromkeys((*task.depends_on.task_ids, *waits.task_ids))),
                task_id_ranges=tuple(dict.fromkeys((*task.depends_on.task_id_ranges, *waits.task_id_ranges))),
            )
        return replace(
            task, resource_files=(*files, *task.resource_files), output_files=tuple(outputs), depends_on=waits
        )

    def _parts(self, number: int, made: Sequence[PlannedTask | None]) -> list[tuple[PlannedTask, int]]:
        level, first, end = self._merges[number].parts
        if level == 0:
            return [(task, self._over_output) for task in self._over[first:end] if task is not None]
        start = self._starts[level]
        return [(task, self._output) for task in made[start + first : start + end] if task is not None]
