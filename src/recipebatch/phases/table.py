"""The phases of a run: one table, from which the commands, their order, their checks and their help come.

A new phase is one more entry here, the module that does it, and a method of `execution.ActiveRun`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recipebatch.phases.options import PhaseOptions
    from recipebatch.report import PhaseReport


class PhaseRunner(Protocol):
    """What runs a phase of one run and records it; `execution.ActiveRun` does."""

    def stage(self, options: PhaseOptions) -> PhaseReport:
        """Upload what the tasks need."""

    def provision(self, options: PhaseOptions) -> PhaseReport:
        """Create the pools and wait for their nodes."""

    def submit(self, options: PhaseOptions) -> PhaseReport:
        """Create the jobs and add their tasks."""

    def watch(self, options: PhaseOptions) -> PhaseReport:
        """Follow the tasks to their end."""

    def collect(self, options: PhaseOptions) -> PhaseReport:
        """Download the outputs."""

    def purge(self, options: PhaseOptions) -> PhaseReport:
        """Delete what the run made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One phase.

    Attributes:
        name: of the phase, of its command, and in JSON reports and run records.
        help: what `--help` says of its command.
        run: runs it.
        needs: the phase that must come before it.
        needs_all_of_it: that phase must be done; otherwise it is enough that it has started.
        writes: it changes the run's resources, so its command takes the run's lock.
        once: it makes what the tasks need: `apply` does it once, and its command works on an unfinished run.
        starts_run: its command starts a run if none is unfinished, and takes parameters and `--new`.
        incurs_charges: what it makes costs money, so that a failure is followed by the purge the recipe asks for.
        options: the fields of `PhaseOptions` that its command takes, beside `break_lock` if it writes.
    """

    name: str
    help: str
    run: Callable[[PhaseRunner, PhaseOptions], PhaseReport] = field(repr=False, compare=False)
    needs: Phase | None = None
    needs_all_of_it: bool = True
    writes: bool = True
    once: bool = False
    starts_run: bool = False
    incurs_charges: bool = False
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


STAGE = Phase(
    name="stage",
    help="Create the recipe's containers and upload new or changed files. Starts a run if none is unfinished.",
    run=lambda run, options: run.stage(options),
    once=True,
    starts_run=True,
    options=("secrets", "allow_paths"),
)
PROVISION = Phase(
    name="provision",
    help="Create or resize the recipe's pools and wait for their nodes.",
    run=lambda run, options: run.provision(options),
    needs=STAGE,
    once=True,
    incurs_charges=True,
    options=("secrets", "allow_paths"),
)
SUBMIT = Phase(
    name="submit",
    help="Create the recipe's jobs and add their tasks; existing tasks are skipped.",
    run=lambda run, options: run.submit(options),
    needs=PROVISION,
    once=True,
    incurs_charges=True,
    options=("secrets", "allow_paths"),
)
WATCH = Phase(
    name="watch",
    help="Follow the tasks until all have completed. Exit code 1: a task failed; 10: jobs are left to submit.",
    run=lambda run, options: run.watch(options),
    needs=SUBMIT,
    # A job can be followed, and its outputs downloaded, while its tasks are still being added.
    needs_all_of_it=False,
    writes=False,
    options=("timeout",),
)
COLLECT = Phase(
    name="collect",
    help="Download outputs and task files and verify them; identical local files are skipped.",
    run=lambda run, options: run.collect(options),
    needs=SUBMIT,
    needs_all_of_it=False,
    writes=False,
    options=("output_dir", "include", "overwrite"),
)
PURGE = Phase(
    name="purge",
    help="Delete a run's jobs, pools and containers, and nothing else.",
    run=lambda run, options: run.purge(options),
    options=("confirm", "force"),
)

PHASES = (STAGE, PROVISION, SUBMIT, WATCH, COLLECT, PURGE)
"""All phases, in their order."""

RETRY = "retry"
"""The `phase` of the report on tasks that are tried again; it is no phase, as it precedes those that follow."""

SCALE = "scale"
"""The `phase` of the report on a pool that gets another number of nodes, and the name of the command."""

STOP, PAUSE, UNPAUSE = "stop", "pause", "unpause"
"""The `phase` of reports on jobs that are ended, disabled and enabled, and the names of the commands."""


def phase_named(name: str) -> Phase:
    """The phase of a name.

    Raises:
        UsageError: there is none.
    """
    found = next((phase for phase in PHASES if phase.name == name), None)
    if found is None:
        raise UsageError(f"there is no phase {name!r}", hint="phases are " + ", ".join(map(str, PHASES)))
    return found


def select_phases(*, first: str | None = None, last: str | None = None, only: Sequence[str] = ()) -> tuple[Phase, ...]:
    """The phases that `--from`, `--to` and `--only` leave, in order; all of them without any. Pure.

    Raises:
        UsageError: a name is no phase, or the options do not fit each other.
    """
    chosen = [phase_named(name) for name in only]
    begin = None if first is None else PHASES.index(phase_named(first))
    end = None if last is None else PHASES.index(phase_named(last))
    if chosen and (begin is not None or end is not None):
        raise UsageError("--only cannot be combined with --from and --to")
    if begin is not None and end is not None and begin > end:
        raise UsageError(f"--from {first} comes after --to {last}")
    if chosen:
        return tuple(phase for phase in PHASES if phase in chosen)
    return PHASES[begin : None if end is None else end + 1]


def phases_between(first: Phase, end: Phase) -> tuple[Phase, ...]:
    """The phases from one on, up to but not including another."""
    return PHASES[PHASES.index(first) : PHASES.index(end)]
