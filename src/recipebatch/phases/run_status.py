"""How far the phases of a run are, as its record says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.phases.table import PHASES, PURGE, STOP, SUBMIT, WATCH
from recipebatch.properties.purge import Part
from recipebatch.report import Verdict
from recipebatch.runs import DONE, FAILED, PURGED, STARTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.runs import RunRecord


def status_of(record: RunRecord) -> str:
    """What `recipebatch runs` prints: `created`, `<phase> <state>`, `paused`, `ended`, `purged`, or `pool purged`."""
    if record.state_of(PURGE.name) == DONE:
        return PURGED
    if not record.ended and (state := record.state_of(PURGE.name)) is not None:
        return f"{PURGE} {state}"
    if record.ended:
        # Of all parts something is deleted, and yet something is kept.
        return "partly purged" if len(record.purged) == len(Part) else purged_text(record.purged) or "ended"
    if record.stopped:
        return f"{STOP} {STARTED}"
    if record.paused:
        return "paused"
    last = list(record.phases.items())[-1:]
    return f"{last[0][0]} {last[0][1].state}" if last else "created"


def status_now(status: str, *, at_work: bool) -> str:
    """A status as it is now: a purge or a stop that no command works on any more was interrupted.

    Args:
        status: as `status_of` gave it.
        at_work: a command holds the run's lock.
    """
    doing, _, state = status.rpartition(" ")
    return f"{doing} interrupted" if state == STARTED and doing in {PURGE.name, STOP} and not at_work else status


def went_wrong(record: RunRecord) -> tuple[str, ...]:
    """What the phases that failed said, and the watch of a run that did not succeed, each as `watch: …`."""
    lost = record.verdict in {Verdict.FAILED, Verdict.STOPPED}
    return tuple(
        f"{name}: {state.summary}"
        for name, state in record.phases.items()
        if state.summary and (state.state == FAILED or (lost and name == WATCH.name and state.state == DONE))
    )


def purged_text(parts: Sequence[str]) -> str:
    """Which parts of a run were purged, such as `jobs and pool purged`; empty if none were."""
    return f"{' and '.join(parts)} purged" if parts else ""


def never_submitted(record: RunRecord) -> bool:
    """Whether a run's purge has started though its tasks were never all submitted, nor seen to end: it is not done."""
    submitted = record.state_of(SUBMIT.name) == DONE or record.verdict != Verdict.UNKNOWN
    return record.state_of(PURGE.name) is not None and not submitted


def failed_before_tasks(record: RunRecord) -> bool:
    """Whether a phase failed before any task was watched: starting another run loses nothing."""
    return record.failed and list(record.phases)[-1] in {phase.name for phase in PHASES if phase.once}


def interruption_of(record: RunRecord) -> str:
    """By whom and since when a run is paused, or was stopped, as a sentence; empty if it is not."""
    for verb, note in (("stopped", record.stopped), ("paused", record.paused)):
        if note:
            return f"{verb} by {note.get('by', '?')} at {note.get('at', '?')[:19].replace('T', ' ')} UTC"
    return ""
