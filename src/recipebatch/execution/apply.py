"""apply: the six phases in order, from where the run stands; what is removed at the end, the recipe decides."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.errors import (
    InvalidRecipeError,
    RecipeBatchError,
    ServiceError,
    UnreachableError,
    UsageError,
    WaitTimeoutError,
)
from recipebatch.phases.provision import nodes_text
from recipebatch.plan.model import PurgeWhen
from recipebatch.report import PhaseReport, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.phases.options import PhaseOptions
    from recipebatch.report import Progress

PHASES = ("stage", "provision", "submit", "watch", "collect", "purge")
_ONCE = frozenset({"stage", "provision", "submit"})


def selected(*, first: str | None, last: str | None, only: Sequence[str]) -> tuple[str, ...]:
    """The phases that `--from`, `--to` and `--only` leave, in order. Pure.

    Raises:
        UsageError: a name is no phase, or the options do not fit each other.
    """
    for name in (*only, *filter(None, (first, last))):
        if name not in PHASES:
            raise UsageError(f"there is no phase {name!r}", hint="phases are " + ", ".join(PHASES))
    if only and (first or last):
        raise UsageError("--only cannot be combined with --from and --to")
    if first and last and PHASES.index(first) > PHASES.index(last):
        raise UsageError(f"--from {first} comes after --to {last}")
    if only:
        return tuple(phase for phase in PHASES if phase in only)
    begin = PHASES.index(first) if first else 0
    end = PHASES.index(last) if last else len(PHASES) - 1
    return PHASES[begin : end + 1]


def purge_decision(when: PurgeWhen, verdict: Verdict) -> str:
    """`purge`, `keep` or `ask`. Pure."""
    if when is PurgeWhen.ALWAYS or (when is PurgeWhen.ON_SUCCESS and verdict is Verdict.SUCCEEDED):
        return "purge"
    return "ask" if when is PurgeWhen.ASK else "keep"


def apply(
    session: ActiveRun, phases: Sequence[str], *, options: PhaseOptions, progress: Progress
) -> Iterator[PhaseReport]:
    """Run the phases and yield their reports as they end.

    Raises:
        RecipeBatchError: of the phase that failed; with `purge: always` a pool that failed is removed first.
    """
    # What a purge has begun to remove can be watched and collected no more; it began when that was done.
    purging = session.record.state_of("purge") is not None
    for phase in phases:
        if purging and phase != "purge":
            progress.say(f"{phase}: done before the purge began")
            continue
        if phase in _ONCE and session.done(phase):
            progress.say(f"{phase}: done before ({session.record.phases[phase].summary})")
            continue
        try:
            if phase == "watch" and "submit" in phases:
                yield from session.follow(options)
            elif phase == "purge" and purge_decision(session.plan.purge, session.verdict) == "keep":
                yield _keep(session, f"purge: {session.plan.purge.value}")
            else:
                yield run_phase(session, phase, options)
        except (ServiceError, WaitTimeoutError, InvalidRecipeError) as error:
            if phase in {"provision", "submit"} and "purge" in phases:
                _after_failure(session, error, options, progress)
            raise


def run_phase(session: ActiveRun, phase: str, options: PhaseOptions) -> PhaseReport:
    """Run one phase by its name.

    Raises:
        UsageError: there is no such phase, or the run is not ready for it.
        RecipeBatchError: the phase failed.
    """
    match phase:
        case "stage":
            return session.stage()
        case "provision":
            return session.provision()
        case "submit":
            return session.submit()
        case "watch":
            return session.watch(options)
        case "collect":
            return session.collect(options)
        case "purge":
            return session.purge(options)
    raise UsageError(f"there is no phase {phase!r}", hint="phases are " + ", ".join(PHASES))


def _keep(session: ActiveRun, reason: str) -> PhaseReport:
    session.end()
    again = (f"try the failed tasks again: {retry_command(session)}",) if session.verdict is Verdict.FAILED else ()
    notes = (remaining(session), *again, purge_command(session))
    return PhaseReport(phase="purge", summary=f"everything is kept ({reason})", notes=notes)


def _after_failure(session: ActiveRun, error: RecipeBatchError, options: PhaseOptions, progress: Progress) -> None:
    """The phase failed for good: leave nothing billing that the recipe wants removed."""
    if session.plan.purge is not PurgeWhen.ALWAYS or isinstance(error, UnreachableError):
        return
    progress.say(f"{error.code}: removing what the run made (purge: always)")
    try:
        # Nothing that a refused submission left running has outputs worth a bill.
        report = session.purge(replace(options, force=True))
    except RecipeBatchError as second:
        progress.say(f"could not remove it: {second.message}")
        return
    progress.say(f"purge: {report.summary}")


def remaining(session: ActiveRun) -> str:
    """What of the run is still there, as far as its record tells."""
    if session.done("purge"):
        return "nothing of the run is left"
    plan = session.plan
    parts = []
    if session.record.state_of("submit") is not None:
        parts += [
            f"{'job' if job.schedule is None else 'job schedule'} {job.id}"
            for job in plan.jobs
            if job not in session.waiting
        ]
    if session.record.state_of("provision") is not None:
        parts += [
            f"pool {pool.id} ({nodes_text(pool.target_dedicated_nodes + pool.target_low_priority_nodes)})"
            for pool in plan.pools
            if not (pool.existing or pool.auto)
        ]
    if session.record.state_of("stage") is not None:
        made = [container.name for container in plan.containers if not container.existing]
        parts += [f"{len(made)} containers"] if made else []
    return "still there: " + ", ".join(parts) if parts else "nothing was made yet"


def retry_command(session: ActiveRun) -> str:
    """How to try what failed again."""
    account = "" if session.record.account == "local" else f" --account {session.record.account}"
    return f"recipebatch retry --run {session.record.run_id}{account}"


def purge_command(session: ActiveRun) -> str:
    """How to remove it; the outputs that would be lost are the user's to give up."""
    record = session.record
    force = " --force (it deletes outputs that were not collected)" if session.uncollected() else ""
    account = "" if record.account == "local" else f" --account {record.account}"
    return f"remove it: recipebatch purge --run {record.run_id}{account}{force}"
