"""Many rounds with one seed: equal seeds disturb at equal points."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from torture.proxy import Fault, Moment
from torture.rounds import Outcome, account, crash_round, fault_round, requests_of_a_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

FAULTS = (
    Fault(Moment.BEFORE, 429),
    Fault(Moment.BEFORE, 429, retry_after=1),
    Fault(Moment.BEFORE, 503),
    Fault(Moment.BEFORE, 503, retry_after=1),
    Fault(Moment.BEFORE, 500),
    Fault(Moment.AFTER, 500),
    Fault(Moment.BEFORE),
    Fault(Moment.AFTER),
)


def torture(
    cli: Cli, folder: Path, *, seed: int, rounds: int, only: str | None, say: Callable[[str], None]
) -> dict[str, Any]:
    """Run the rounds and count.

    Args:
        cli: an account of its own; it is started here.
        rounds: of each kind.
        only: `crash` or `fault`.
        say: is told each round that went wrong, as it ends.

    Returns:
        How many rounds, and how many of them were wrong, with what.
    """
    started = cli("emulator", "start")
    assert started.returncode == 0, started.stderr
    randomness = random.Random(seed)  # noqa: S311 - equal seeds must give equal rounds
    outcomes: list[Outcome] = []
    with account(cli) as there:
        calls = requests_of_a_run(there, folder / "calm")
        forms = sorted({request.form() for request in calls})
        pairs = [(form, fault) for form in forms for fault in FAULTS]
        randomness.shuffle(pairs)
        for number in range(rounds):
            if only != "fault":
                name = f"crash{number}"
                outcomes.append(crash_round(there, folder / name, name, randomness, len(calls)))
                _told(outcomes[-1], say)
            if only != "crash":
                name = f"fault{number}"
                form, fault = pairs[number % len(pairs)]
                times = randomness.choice([1, 1, 2])
                outcomes.append(fault_round(there, folder / name, name, form, fault, times))
                _told(outcomes[-1], say)
        searched = "".join(cli.printed)
        leaked = [name for name in ("AZURE_BATCH_ACCESS_KEY", "AZURE_STORAGE_KEY") if there.values[name] in searched]
        leaked += ["sig="] if "sig=" in searched else []
    return {
        "what": "disturbed runs",
        "seed": seed,
        "calls of a run": len(calls),
        "kinds of calls": len(forms),
        "crash rounds": sum(outcome.what.startswith("SIG") for outcome in outcomes),
        "fault rounds": sum(not outcome.what.startswith("SIG") for outcome in outcomes),
        "continued at once": sum(outcome.tries == 1 for outcome in outcomes),
        "wrong": [[outcome.what, *outcome.wrong] for outcome in outcomes if outcome.wrong]
        + [["leaked", *leaked]] * bool(leaked),
    }


def _told(outcome: Outcome, say: Callable[[str], None]) -> None:
    say(
        f"{'WRONG' if outcome.wrong else 'right'} ({outcome.tries}): {outcome.what}"
        + "".join(f"\n    {line}" for line in outcome.wrong)
    )
