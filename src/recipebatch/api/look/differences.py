"""What is different between two runs: recipe, parameters, local files, outcome, and what became of their tasks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recipebatch import execution, phases
from recipebatch.api.runs import shown_value
from recipebatch.errors import UsageError
from recipebatch.report import Quiet
from recipebatch.runs import TaskChanges

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.api.phases import GivenRecipe
    from recipebatch.execution import Services
    from recipebatch.report import Progress
    from recipebatch.runs import RunRecord, RunSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDifference:
    """The differences of two runs; empty texts and mappings where they are equal.

    Attributes:
        runs: the ids of both.
        created: when each was started, in ISO 8601.
        recipe: the recipes, as a unified diff.
        parameters: name → the values of both.
        files: what happened to local files from the first run to the second: `added`, `removed`, `changed`.
        outcome: verdict and status of both, where they differ.
        tasks: which fail now and did not before, and which templates got slower or faster.
    """

    runs: tuple[str, str]
    created: tuple[str, str]
    recipe: str
    parameters: dict[str, list[Any]]
    files: dict[str, list[str]]
    outcome: dict[str, list[str]]
    tasks: TaskChanges = field(default_factory=TaskChanges)

    @property
    def is_none(self) -> bool:
        """Nothing is different."""
        return not (self.recipe or self.parameters or any(self.files.values()) or self.outcome) and self.tasks.is_none


def compare_runs(
    first: str | None = None,
    second: str | None = None,
    *,
    recipe: GivenRecipe | None = None,
    account: str | None = None,
    progress: Progress | None = None,
) -> RunDifference:
    """What is different between two runs: recipe, parameters, local files, outcome, and what became of their tasks.

    Args:
        first: a run; alone it is compared with the one of the same recipe and owner before it.
        second: a later one.
        recipe: instead of both, its two newest runs. Without any of these it is the newest run of this owner and the
            one of the same recipe before it.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: there is no such run, or none before it.
    """
    from recipebatch.runs import file_changes, recipe_diff, task_changes

    if recipe is not None and first is not None:
        raise UsageError("name either a recipe or runs", hint="for example: runs diff recipe.yaml, or runs diff A B")
    progress = progress or Quiet()
    with execution.account_services(account, progress) as services:
        chosen = _chosen(services, first, second, recipe, progress)
        one, other = (execution.load_record(services, run_id) for run_id in chosen)
        tasks = task_changes(*(services.store.task_history(run_id) for run_id in chosen))
    names = f"{one.recipe_file} of {one.run_id}", f"{other.recipe_file} of {other.run_id}"
    return RunDifference(
        runs=(one.run_id, other.run_id),
        created=(one.created.isoformat(timespec="seconds"), other.created.isoformat(timespec="seconds")),
        recipe=recipe_diff(
            (one.recipe_text, one.recipe_fragments), (other.recipe_text, other.recipe_fragments), *names
        ),
        parameters={
            name: [shown_value(one.parameters.get(name)), shown_value(other.parameters.get(name))]
            for name in sorted({*one.parameters, *other.parameters})
            if one.parameters.get(name) != other.parameters.get(name)
        },
        files=file_changes(one.inputs, other.inputs, one.staged, other.staged),
        outcome=_outcome(one, other),
        tasks=tasks,
    )


def _outcome(one: RunRecord, other: RunRecord) -> dict[str, list[str]]:
    found = {
        "verdict": [one.verdict, other.verdict],
        "status": [phases.status_of(one), phases.status_of(other)],
    }
    return {name: both for name, both in found.items() if both[0] != both[1]}


def _chosen(
    services: Services, first: str | None, second: str | None, recipe: GivenRecipe | None, progress: Progress
) -> tuple[str, str]:
    """The ids of the two runs, the older one first unless both are named."""
    if first is not None and second is not None:
        return first, second
    newest: Sequence[RunSummary]
    if recipe is not None:
        newest = execution.newest_first(services, recipe.checked)
        what = f"recipe {recipe.checked.name}"
    else:
        run_id = first or execution.newest_run(services, progress).record.run_id
        record = execution.load_record(services, run_id)
        newest = _alike(services.store.summaries(), run_id)
        what = f"recipe {record.recipe_name} up to run {run_id}"
    match newest:
        case [last, before, *_]:
            return before.run_id, last.run_id
    raise UsageError(f"there are no two runs of {what} to compare", hint="recipebatch runs lists all runs")


def _alike(runs: Sequence[RunSummary], run_id: str) -> list[RunSummary]:
    """A run, and those of the same recipe and owner before it, newest first."""
    this = next((run for run in runs if run.run_id == run_id), None)
    if this is None:
        return []
    alike = [run for run in runs if (run.recipe, run.owner, run.place) == (this.recipe, this.owner, this.place)]
    return [run for run in reversed(alike) if (run.created, run.run_id) <= (this.created, this.run_id)]
