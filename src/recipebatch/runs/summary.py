"""RunSummary: what a list of runs shows, in the metadata of their records, so that these need not be read. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from recipebatch.runs.holdings import Holdings

# All metadata of a blob has 8 KiB. Source: Blob service REST API, "Set Blob Metadata".
_LABELS_BYTES = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One line of `recipebatch runs`.

    Attributes:
        place: the digest of where its recipe comes from (`place_of`); empty if its record does not say it.
        touched: when a command last worked on it, by the storage account's clock, in ISO 8601.
        at_work: a command holds its lock now.
        locked_by: who holds it: command, owner, machine and time; empty if no command does, or it was not asked.
        holds: what the services have of it; None if they were not asked, or did not answer.
        tasks: as in the record; empty before the first were submitted.
        labels: as in the record.
    """

    run_id: str
    recipe: str
    owner: str
    created: str
    status: str
    verdict: str
    ended: bool
    digest: str
    place: str = ""
    touched: str = ""
    at_work: bool = False
    locked_by: str = ""
    holds: Holdings | None = None
    tasks: Mapping[str, int] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


def summary_from_metadata(run_id: str, metadata: Mapping[str, str], touched: str = "") -> RunSummary:
    """The line of one run, from its record's metadata."""
    # The SDK gives None for an empty value.
    values = {name: unquote(value or "") for name, value in metadata.items()}
    return RunSummary(
        run_id=run_id,
        recipe=values.get("recipe", "?"),
        owner=values.get("owner", "?"),
        created=values.get("created", "?"),
        status=values.get("status", "?"),
        verdict=values.get("verdict", "unknown"),
        ended=values.get("ended") == "yes",
        digest=values.get("digest", ""),
        place=values.get("place", ""),
        touched=touched,
        tasks={
            name: int(count)
            for name, count in _parted(values.get("tasks", "")).items()
            if count.isascii() and count.isdecimal()
        },
        labels=_parted(values.get("labels", "")),
    )


def joined(pairs: Iterable[tuple[str, str]]) -> str:
    """`a=1&b=x%20y`: names and values in one text."""
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


def _parted(text: str) -> dict[str, str]:
    """The inverse of `joined`; what someone else wrote is taken as far as it goes."""
    pairs = (part.partition("=") for part in text.split("&") if part)
    return {unquote(name): unquote(value) for name, _, value in pairs}


def first_labels(labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The first labels, as many as the metadata of a blob has room for."""
    left = _LABELS_BYTES
    for name, value in labels.items():
        left -= len(joined([(name, value)])) + 1
        if left < 0:
            return
        yield name, value
