"""What runs still hold, asked of the services once for all of them, and in bounded time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError, UsageError
from recipebatch.phases import status_now
from recipebatch.runs import PURGED, holdings_of, labels
from recipebatch.service import call_within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from recipebatch.execution.open_account import Services
    from recipebatch.runs import Holdings, RunRecord, RunSummary
    from recipebatch.service import LabeledResource

LIMIT = 10.0
"""Seconds after which what runs hold is not known."""

NO_RECORD = "no record"
"""The status of a run whose record is gone."""

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the services showed.

    Attributes:
        found: by run, what it holds.
        unknown: why that may not be all; empty if it is.
    """

    found: dict[str, Holdings]
    unknown: str = ""

    def on(self, runs: Iterable[RunSummary]) -> tuple[RunSummary, ...]:
        """Runs with what they hold; None where that is not known."""
        return tuple(replace(run, holds=self._of(run.run_id)) for run in runs)

    def without_record(self, known: Iterable[str]) -> tuple[RunSummary, ...]:
        """The runs that hold something and are not among the known ones: their records are gone."""
        lost = sorted({*self.found}.difference(known))
        return tuple(replace(_lost(name, self.found[name].owner), holds=self.found[name]) for name in lost)

    def _of(self, run_id: str) -> Holdings | None:
        from recipebatch.runs import Holdings

        return None if self.unknown else self.found.get(run_id, Holdings())


def look_at_holdings(services: Services, *, limit: float = LIMIT) -> Looked:
    """Ask both services what they have with labels of runs of this account."""
    asked: dict[str, Callable[[], Sequence[LabeledResource]]] = {
        "jobs and pools": lambda: services.batch.list_labeled(labels.RUN),
        "containers": lambda: services.blobs.list_labeled(labels.RUN),
    }
    things: list[LabeledResource] = []
    unknown: list[str] = []
    for what, ask in asked.items():
        try:
            things += call_within(limit, ask)
        except TimeoutError as error:
            unknown.append(f"{what}: {error}")
        except RecipeBatchError as error:
            unknown.append(f"{what}: {error.message}")
    here = services.blobs.account_name
    own = [thing for thing in things if thing.metadata.get(labels.RECORDS, here) == here]
    return Looked(holdings_of(own), "; ".join(unknown))


def load_record(services: Services, run_id: str) -> RunRecord:
    """The record of a run.

    Raises:
        UsageError: there is none; if the services still have something of the run, the error says what.
    """
    try:
        return services.store.load(run_id)
    except UsageError:
        held = look_at_holdings(services).found.get(run_id)
        if held is None:
            raise
        raise UsageError(
            f"the record of run {run_id} is gone; the services still have {held}",
            hint="delete what runs without a record left: recipebatch purge --orphans",
        ) from None


def held_by_owner(
    services: Services, before: str | None = None, *, without_record: bool = True
) -> tuple[tuple[RunSummary, ...], str]:
    """The runs of this owner that hold something, oldest first, and why that may not be all.

    Args:
        services: the account.
        before: only runs that began before this one.
        without_record: also those whose record is gone; their status says so.
    """
    looked = look_at_holdings(services)
    if not looked.found:
        return (), looked.unknown
    known = {run.run_id: run for run in services.store.summaries()}
    runs = [
        replace(known.get(name) or _lost(name, holds.owner), holds=holds)
        for name, holds in sorted(looked.found.items())
        if (before is None or name < before) and (without_record or name in known)
    ]
    own = tuple(run for run in runs if run.owner == services.store.owner)
    return with_holders(services, own), looked.unknown


def with_holders(services: Services, runs: Iterable[RunSummary]) -> tuple[RunSummary, ...]:
    """Runs with who works on them, asked for those whose lock is leased: a killed command holds its lease a while."""
    found = []
    for run in runs:
        holder = services.store.holder_of(run.run_id) if run.at_work else ""
        found.append(replace(run, at_work=bool(holder), locked_by=holder))
    return tuple(found)


def _lost(run_id: str, owner: str) -> RunSummary:
    """A run of which only the labels of its resources tell."""
    from recipebatch.runs import RunSummary

    return RunSummary(
        run_id=run_id,
        recipe="an unknown recipe",
        owner=owner,
        created="?",
        status=NO_RECORD,
        verdict="unknown",
        ended=True,
        digest="",
    )


def _held_line(run: RunSummary) -> str:
    working = f"; {run.locked_by} is working on it" if run.locked_by else ""
    status = status_now(run.status, at_work=bool(run.locked_by))
    return f"  run {run.run_id} of {run.recipe} ({status}): {run.holds}{working}"


def held_lines(runs: Sequence[RunSummary], owner: str, account: str, unknown: str = "") -> tuple[str, ...]:
    """What runs hold, a line each, and how it is removed; nothing if they hold nothing. Pure.

    Args:
        runs: with what they hold.
        owner: whose they are.
        account: what `--account` must say; empty for the one that is used without it.
        unknown: why that may not be all.
    """
    lines = []
    if runs:
        option = f" --account {account}" if account else ""
        lines.append(f"earlier runs of {owner} still hold:")
        lines += [_held_line(run) for run in runs[-_SHOWN:]]
        if (more := len(runs) - _SHOWN) > 0:
            lines.append(f"  and {more} older ones: recipebatch runs{option}")
        in_use = {run.recipe for run in runs if run.locked_by}
        idle = {run.recipe for run in runs if not run.locked_by}
        remove = [f"{'another one' if in_use else 'one'}: recipebatch purge --run ID{option}"] if idle else []
        if idle - in_use:
            remove.append(f"all of {'another' if in_use else 'a'} recipe: recipebatch purge RECIPE --all{option}")
        if any(run.status in {NO_RECORD, PURGED} for run in runs):
            remove.append(f"those without a record: recipebatch purge --orphans{option}")
        lines += [f"  remove {'; '.join(remove)}"] if remove else []
    if unknown:
        lines.append(f"not known: what earlier runs hold ({unknown})")
    return tuple(lines)
