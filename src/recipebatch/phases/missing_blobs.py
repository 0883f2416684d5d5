"""What tasks are about to download from containers and is not there: asked of the storage account before they begin."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from recipebatch.errors import ServiceError
from recipebatch.phases.parallel import map_concurrently
from recipebatch.plan import filled_meanwhile, unmatched_count, unmatched_text, wanted_by_jobs, wanted_by_pools

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan import Wanted, WantedBlobs
    from recipebatch.plan.model import PlannedJob
    from recipebatch.service import BlobStore

_SINGLY = 20
"""Names of one container that are asked for one by one; of more, all that begin as they do are listed."""

_LISTED = 100_000
"""Blobs that are listed of one container; of a larger one the first `_SINGLY` names are asked for."""

_SHOWN = 10


def missing_blobs_of_jobs(context: PhaseContext, jobs: Iterable[PlannedJob]) -> list[str]:
    """Lines about what the tasks of those jobs want that are still to be made."""
    wanted: Wanted = {}
    for job in jobs:
        if context.batch.get_job(job.id) is not None:
            continue
        unsure = filled_meanwhile(context.plan, job)
        for what, tasks in wanted_by_jobs([job]).items() if unsure is not None else ():
            if what.container not in (unsure or ()):
                wanted.setdefault(what, []).extend(tasks)
    return _missing(context, wanted)


def missing_blobs_of_pools(context: PhaseContext) -> list[str]:
    """Lines about what the start tasks of pools want."""
    return _missing(context, wanted_by_pools(context.plan.pools))


def _missing(context: PhaseContext, wanted: Wanted) -> list[str]:
    said = "\n".join(context.plan.warnings)
    found: list[WantedBlobs] = []
    for logical in dict.fromkeys(what.container for what in wanted):
        container = context.plan.container(logical)
        of_container = [what for what in wanted if what.container == logical]
        try:
            found += unmatched(of_container, partial(_names, context.store_of(container), container.name))
        except ServiceError as error:
            # Storage that does not answer fails whatever needs it next; this is only a look.
            context.progress.say(f"not known what container {logical} has: {error.message.splitlines()[0]}")
    lines = [unmatched_text(what, wanted[what]) for what in found]
    new = [line for line in lines if line not in said]
    return [f"warning: {line}" for line in new[:_SHOWN]] + unmatched_count(len(new) - _SHOWN)


def _names(store: BlobStore, container: str, prefix: str, most: int) -> list[str]:
    return [blob.name for blob in islice(store.list_blobs(container, prefix=prefix), most)]


def unmatched(wanted: Sequence[WantedBlobs], names: Callable[[str, int], list[str]]) -> list[WantedBlobs]:
    """What of one container is not there.

    Args:
        wanted: of the container.
        names: a prefix and a number → the first so many names of blobs that begin so, in their order.
    """
    asked = wanted
    if len(wanted) > _SINGLY:
        listed = sorted(names(_beginning([what.name for what in wanted]), _LISTED + 1))
        if len(listed) <= _LISTED:
            return [what for what in wanted if not what.is_among(listed)]
        asked = wanted[:_SINGLY]
    # The name itself is the first of those that begin with it.
    there = dict(map_concurrently(asked, lambda what: (what, what.is_among(sorted(names(what.name, 1))))))
    return [what for what in asked if not there[what]]


def _beginning(names: Iterable[str]) -> str:
    """What all names begin with; the first and the last of them differ as early as any two."""
    first, *_, last = sorted(names)
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[:same]
