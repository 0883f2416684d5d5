"""Random recipes whose pools and tasks may not fit: `validate`, `plan` and the service must agree about each.

A recipe that is accepted must run; one that is refused would not have run. Prints the figures and what is wrong.

python -m tests.torture.fits --seed N --count N
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from drawing import draw
from torture.fits.judges import UNSETTLED, Attempt, Said, Service, said_of, write
from torture.fits.workloads import Workload, utc_now, workloads

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

BATCH = 25
"""Workloads that the service gets at once."""

CLOCK = frozenset({"workday", "weekend"})


@dataclass
class Figures:
    """What was said and what happened, counted; `wrong` must be empty."""

    counts: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, text: str, said: Said, attempt: Attempt) -> None:
        outcome = attempt.outcome
        assert outcome is not None
        accepted = said.plan is not None
        self.counts[f"{'accepted' if accepted else 'refused'}, {outcome.kind}"] += 1
        self.codes.update(said.codes)
        if said.differs:
            self.wrong.append(f"validate and plan differ: {said.differs}\n{text}")
        if accepted and outcome.kind != "runs":
            self.wrong.append(f"accepted, but it {outcome.kind}: {outcome.why}\n{text}")
        if not accepted and outcome.kind == UNSETTLED:
            self.wrong.append(f"the service does not settle: {outcome.why}\n{text}")
        if not accepted and outcome.kind == "runs":
            self.wrong.append(f"refused, but it runs: {said.problems}\n{text}")


def compare(seed_: int, count: int, root: Path, say: Callable[[str], None]) -> Figures:
    """Draw so many workloads (at least) and compare what is said of them with what becomes of them.

    Args:
        seed_: equal seeds draw equal workloads.
        count: how many.
        root: a folder for the service and the recipes.
        say: receives a line after each batch.
    """
    figures = Figures()
    drawn = draw(workloads(), seed_, count)
    service = Service(root)
    try:
        for first in range(0, len(drawn), BATCH):
            now = utc_now()
            batch = drawn[first : first + BATCH]
            paths = [write(workload, root, first + place, now) for place, workload in enumerate(batch)]
            said = [said_of(path) for path in paths]
            attempts = [_begun(service, each, words, now) for each, words in zip(batch, said, strict=True)]
            service.judge(attempts)
            for path, words, attempt in zip(paths, said, attempts, strict=True):
                figures.add(path.read_text(encoding="utf-8"), words, attempt)
                path.unlink()
            say(f"{first + len(batch)}: {dict(sorted(figures.counts.items()))}, {len(figures.wrong)} wrong")
    finally:
        service.close()
    return figures


def _begun(service: Service, workload: Workload, said: Said, now: datetime) -> Attempt:
    """What recipebatch accepts is sent by its own requests, but for what would wait for an hour to come."""
    waits = workload.pool.scenario in CLOCK or any((job.until or 0) > 0 for job in workload.jobs)
    attempt = Attempt(service, workload, None if waits else said.plan, now)
    attempt.begin()
    return attempt


def as_json(figures: Figures, seed_: int) -> dict[str, Any]:
    """The figures of a run."""
    return {
        "what": "recipes whose pools and tasks may not fit",
        "seed": seed_,
        "recipes": sum(figures.counts.values()),
        **dict(sorted(figures.counts.items())),
        "codes": dict(figures.codes.most_common()),
        "wrong": len(figures.wrong),
    }


def main() -> int:
    """Print the figures of one run; 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        figures = compare(options.seed, options.count, Path(folder), _say)
    for wrong in figures.wrong:
        print(f"WRONG {wrong}")
    print(json.dumps(as_json(figures, options.seed)))
    return 1 if figures.wrong else 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
