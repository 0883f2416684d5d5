"""Many rounds with one seed; equal seeds inject equal faults."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from command import PRINTED
from secret_search import leak_in, leaks_below
from torture.account import proxied_account
from torture.forms import FORMS
from torture.proxy import Failure, Fault, When
from torture.rounds import Outcome, crash_round, fault_round, run_baseline, service_round

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

FAULTS = (
    Fault(When.BEFORE, 429),
    Fault(When.BEFORE, 429, retry_after=1),
    Fault(When.BEFORE, 503),
    Fault(When.BEFORE, 503, retry_after=1),
    Fault(When.BEFORE, 500),
    Fault(When.AFTER, 500),
    Fault(When.BEFORE),
    Fault(When.AFTER),
    Fault(When.BEFORE, failure=Failure.SILENCE),
    Fault(When.AFTER, failure=Failure.SILENCE),
    Fault(When.AFTER, failure=Failure.HALF),
)
KINDS = ("crash", "fault", "service", "pairs")


@dataclass
class Figures:
    """The counts of a session."""

    outcomes: dict[str, list[Outcome]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    calls: dict[str, int] = field(default_factory=dict)
    leaked: list[str] = field(default_factory=list)

    def as_json(self, seed: int) -> dict[str, Any]:
        """The figures; all from `tasks lost` on must be 0 or empty."""
        everything = [outcome for outcomes in self.outcomes.values() for outcome in outcomes]
        return {
            "what": "disturbed runs",
            "seed": seed,
            "kinds of calls": self.calls,
            "runs": len(everything),
            "clients killed": sum(outcome.disturbed for outcome in self.outcomes["crash"]),
            "faults injected": sum(outcome.disturbed for kind in ("fault", "pairs") for outcome in self.outcomes[kind]),
            "services killed": sum(outcome.disturbed for outcome in self.outcomes["service"]),
            "continued": sum(outcome.tries > 1 for outcome in everything),
            "tasks lost": sum(len(outcome.found.lost) for outcome in everything),
            "duplicates": sum(len(outcome.found.doubled) for outcome in everything),
            "leaks": sum(len(outcome.found.left) for outcome in everything),
            "secrets found": len(self.leaked),
            "wrong": [[outcome.what, *outcome.found.lines()] for outcome in everything if outcome.found.lines()]
            + [["secrets", *self.leaked]] * bool(self.leaked),
        }


def torture(
    cli: Cli, folder: Path, *, seed: int, rounds: int, kinds: tuple[str, ...], say: Callable[[str], None]
) -> dict[str, Any]:
    """Run the rounds and count.

    Args:
        cli: runs commands on a separate local account, which is started here.
        folder: for the runs; all files below it are searched for secrets at the end.
        rounds: number of rounds of each kind, except `pairs`: every fault at every kind of call, once.
        kinds: some of `KINDS`.
        say: receives a line after each round.
    """
    started = cli("emulator", "start")
    assert started.returncode == 0, started.stderr
    randomness = random.Random(seed)  # noqa: S311 - equal seeds must give equal rounds
    figures = Figures()
    with proxied_account(cli) as account:
        baseline = {
            form: run_baseline(account, form, folder / f"calm-{form.name}", f"calm-{form.name}") for form in FORMS
        }
        calls = {form: sorted({request.form() for request in baseline[form].requests}) for form in FORMS}
        figures.calls = {form.name: len(calls[form]) for form in FORMS}
        pairs = [(form, call, fault) for form in FORMS for call in calls[form] for fault in FAULTS]
        randomness.shuffle(pairs)

        def done(kind: str, outcome: Outcome) -> None:
            figures.outcomes[kind].append(outcome)
            _describe(outcome, say)

        for number in range(rounds):
            form = FORMS[number % len(FORMS)]
            if "crash" in kinds:
                name = f"crash{number}"
                done("crash", crash_round(account, form, folder / name, name, randomness, baseline[form]))
            if "fault" in kinds:
                of, call, fault = pairs[number % len(pairs)]
                name, times = f"fault{number}", randomness.choice([1, 1, 2])
                done("fault", fault_round(account, of, folder / name, name, call, fault, times))
            if "service" in kinds:
                name, disturbed = f"service{number}", 0
                while not disturbed:  # a run may wait less, and so send fewer requests, than the calm one
                    outcome = service_round(account, form, folder / name, name, randomness, baseline[form])
                    done("service", outcome)
                    name, disturbed = f"{name}-again", outcome.disturbed
        if "pairs" in kinds:
            for number, (of, call, fault) in enumerate(pairs):
                name = f"pair{number}"
                done("pairs", fault_round(account, of, folder / name, name, call, fault, 1))
        figures.leaked = [*filter(None, map(leak_in, PRINTED)), *leaks_below(folder)]
    return figures.as_json(seed)


def _describe(outcome: Outcome, say: Callable[[str], None]) -> None:
    lines = outcome.found.lines()
    say(
        f"{'WRONG' if lines else 'right'} ({outcome.tries}): {outcome.what}"
        + "".join(f"\n    {line}" for line in lines)
    )
