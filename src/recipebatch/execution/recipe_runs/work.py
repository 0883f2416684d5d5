"""Which run a command works on, and what it does with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recipebatch.errors import UsageError
from recipebatch.phases import PURGE, STOP
from recipebatch.vocabulary.causes import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.execution.recipe_runs.compared_plan import ComparedPlan
    from recipebatch.execution.recipe_runs.saved_plan import SavedPlan
    from recipebatch.phases import Phase, PhaseOptions
    from recipebatch.recipe import Recipe
    from recipebatch.report import PhaseReport, Progress

    Action = Callable[[ActiveRun, PhaseOptions, Progress], Iterator[PhaseReport]]
    """Does something else with a run than its phases, and yields what it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSelector:
    """Which run a command works on: this owner's newest run of a recipe, or the run of an id.

    Attributes:
        recipe: the recipe; None if `run_id` is given.
        given: parameters of the recipe.
        run_id: of the run; None if `recipe` is given.
        new: start another run of the recipe even if one is unfinished.
        came_with_recipe: parameters whose values a file of the recipe's own gives: a path there is not allowed by that.
        saved: the plan that is carried out, of this recipe.

    Raises:
        UsageError: neither a recipe nor a run id is given, or both, or parameters beside a run id.
    """

    recipe: Recipe | None = None
    given: Mapping[str, object] = field(default_factory=dict)
    run_id: str | None = None
    new: bool = False
    came_with_recipe: frozenset[str] = frozenset()
    saved: SavedPlan | None = None

    def __post_init__(self) -> None:
        if (self.recipe is None) == (self.run_id is None):
            raise UsageError("name either a recipe or a run", hint="for example: recipes/topn.yaml, or --run ID")
        if self.run_id is not None and (self.new or self.given):
            raise UsageError("--run continues a run with its own parameters: -p and --new cannot be used with it")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySelector:
    """Which failed tasks to retry; empty causes and tasks are all.

    Attributes:
        causes: only tasks that failed for one of these causes (`vocabulary.causes.Cause`).
        tasks: only these ids.

    Raises:
        UsageError: there is no such cause.
    """

    causes: Sequence[str] = ()
    tasks: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in self.causes:
            if name not in list(Cause):
                raise UsageError(f"there is no cause {name!r}", hint="causes are " + ", ".join(Cause))


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What to do with a run.

    Attributes:
        command: for others who find the run locked: `apply`, `retry`, `resume`, or the name of a phase.
        phases: in their order.
        single: run the one phase as a command of its own, whatever the recipe says of when to purge.
        retry: the failed tasks to retry before the phases.
        action: done instead of phases, such as to stop the run.
        changes_run: False of an action that can be done while another command works on the run.
        agree: is given what would be done with what exists before anything is, where something may exist; what it
            raises ends the command.
        agree_always: it is asked in any case.
        on_run: is given the id of the run, once it is known and before it is worked on.
        answers_for_tasks: False of an action whose exit code says nothing of how tasks ended.
    """

    command: str
    phases: tuple[Phase, ...] = ()
    single: bool = False
    retry: RetrySelector | None = None
    action: Action | None = None
    changes_run: bool = True
    answers_for_tasks: bool = True
    agree: Callable[[ComparedPlan], None] | None = None
    agree_always: bool = False
    on_run: Callable[[str], object] = str

    @property
    def starts_run(self) -> bool:
        """It starts a run of the recipe if none is unfinished."""
        return self.retry is None and any(phase.starts_run for phase in self.phases)

    @property
    def changes_for_others(self) -> bool:
        """It makes, deletes, ends or holds what the owner of a run pays for or may be using: others are asked first."""
        return self.action is not None or self.retry is not None or any(phase.writes for phase in self.phases)

    @property
    def is_to_the_end(self) -> bool:
        """It goes on with a run phase by phase: `apply`, `retry`, `resume`."""
        return not self.single and self.action is None

    @property
    def by_labels(self) -> bool:
        """A run whose plan cannot be made any more can be ended so: it is stopped, or purged."""
        return self.command in {STOP, PURGE.name}

    @property
    def takes_lock(self) -> bool:
        """No other command may work on the run meanwhile: a single phase that only reads can run beside an apply."""
        return self.changes_run and (not self.single or any(phase.writes for phase in self.phases))
