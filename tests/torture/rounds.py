"""One round: a run of a recipe that is disturbed somewhere, then continued."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from command import COMMAND, PRINTED, TIMEOUT
from torture.forms import Findings, Form, findings
from torture.proxy import Fault, Moment, Request

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from torture.account import Account
    from torture.proxy import Journal

_TRIES = 8


@dataclass
class Outcome:
    """What one round showed.

    Attributes:
        what: was done to the run.
        disturbed: how often the client or a service was killed, or a fault befell a request.
        timer: what is to kill the client; of no use when that has ended, as its process id is free then.
        found: what does not hold.
    """

    what: str
    tries: int = 0
    disturbed: int = 0
    found: Findings = field(default_factory=Findings)
    timer: threading.Timer | None = None


@dataclass(frozen=True)
class Calm:
    """What a run is like that nothing disturbs."""

    requests: list[Request]
    seconds: float


def calm(there: Account, form: Form, folder: Path, name: str) -> Calm:
    """Run undisturbed.

    Raises:
        AssertionError: something is wrong already.
    """
    there.journal.answers.clear()
    outcome = Outcome("undisturbed")
    recipe = form.write(folder, name)
    begun = time.monotonic()
    _apply(there, recipe, outcome, _undisturbed(there.journal))
    seconds = time.monotonic() - begun
    requests = list(there.journal.requests)
    _judge(outcome, form, there, folder, name, service_died=False)
    if outcome.found.lines():
        raise AssertionError(f"the undisturbed run is wrong already: {outcome.found.lines()}")
    return Calm(requests, seconds)


def crash_round(there: Account, form: Form, folder: Path, name: str, randomness: random.Random, usual: Calm) -> Outcome:
    """Kill or interrupt the client, up to three times, then let it end.

    It is killed at a request, before or after the service did it, or at any moment of the time a run takes.
    """
    outcome = Outcome("")
    recipe = form.write(folder, name)
    there.journal.answers.clear()
    told = []
    for _ in range(randomness.choice([1, 1, 2, 3])):
        kind = randomness.choice([signal.SIGKILL] * 3 + [signal.SIGINT])
        if randomness.random() < 1 / 4:
            after = randomness.uniform(0, usual.seconds)
            told.append(f"{kind.name} after {after:.2f} s")
            begin = _killing_after(there.journal, after, kind, outcome)
        else:
            at, moment = randomness.randrange(len(usual.requests)), randomness.choice(list(Moment))
            told.append(f"{kind.name} {moment.value} request {at}")
            begin = _killing_at(there.journal, at, moment, kind, outcome)
        _apply(there, recipe, outcome, begin)
    outcome.what = f"{form.name}: " + "; ".join(told)
    _until_done(there, recipe, outcome)
    _judge(outcome, form, there, folder, name, service_died=False)
    return outcome


def fault_round(there: Account, form: Form, folder: Path, name: str, call: str, fault: Fault, times: int) -> Outcome:
    """Let a fault befall the first requests of one kind of call, then let the run end."""
    outcome = Outcome(f"{form.name}: {fault} x {times} at {call}")
    recipe = form.write(folder, name)
    there.journal.answers.clear()

    def plan(_number: int, request: Request) -> Fault | None:
        if outcome.disturbed < times and request.form() == call:
            outcome.disturbed += 1
            return fault
        return None

    _apply(there, recipe, outcome, lambda _pid: there.journal.restart(plan))
    _until_done(there, recipe, outcome)
    if not outcome.disturbed:
        outcome.found.other.append("the fault befell nothing")
    _judge(outcome, form, there, folder, name, service_died=False)
    return outcome


def service_round(
    there: Account, form: Form, folder: Path, name: str, randomness: random.Random, usual: Calm
) -> Outcome:
    """Kill the Batch service with its account at a request, start it again, and let the run end."""
    at, moment = randomness.randrange(len(usual.requests)), randomness.choice(list(Moment))
    outcome = Outcome(f"{form.name}: the service killed {moment.value} request {at}")
    recipe = form.write(folder, name)
    there.journal.answers.clear()
    restarted = threading.Event()

    def happens() -> None:
        outcome.disturbed += 1
        try:
            there.kill_service()
        finally:
            restarted.set()

    fault = Fault(moment, happens=happens)
    _apply(
        there,
        recipe,
        outcome,
        lambda _pid: there.journal.restart(lambda number, _request: fault if number == at else None),
    )
    _until_done(there, recipe, outcome)
    # The run can end before the service is back, when its last request was the one that killed it.
    if outcome.disturbed:
        restarted.wait(TIMEOUT)
    _judge(outcome, form, there, folder, name, service_died=True)
    return outcome


def _undisturbed(journal: Journal) -> Callable[[int], None]:
    return lambda _pid: journal.restart(lambda _number, _request: None)


def _killing_at(
    journal: Journal, at: int, moment: Moment, kind: signal.Signals, outcome: Outcome
) -> Callable[[int], None]:
    def begin(pid: int) -> None:
        def happens() -> None:
            outcome.disturbed += 1
            os.kill(pid, kind)

        fault = Fault(moment, happens=happens)
        journal.restart(lambda number, _request: fault if number == at else None)

    return begin


def _killing_after(journal: Journal, seconds: float, kind: signal.Signals, outcome: Outcome) -> Callable[[int], None]:
    def begin(pid: int) -> None:
        def kill() -> None:
            try:
                os.kill(pid, kind)
            except ProcessLookupError:
                return
            outcome.disturbed += 1

        journal.restart(lambda _number, _request: None)
        outcome.timer = threading.Timer(seconds, kill)
        outcome.timer.daemon = True
        outcome.timer.start()

    return begin


def _until_done(there: Account, recipe: Path, outcome: Outcome) -> None:
    """The same command again, undisturbed, until it succeeds; a run that had ended already needs none."""
    while not (recipe.parent / "done").exists():
        if outcome.tries > _TRIES:
            outcome.found.other.append(f"not done after {outcome.tries} applies")
            return
        _apply(there, recipe, outcome, _undisturbed(there.journal))


def _apply(there: Account, recipe: Path, outcome: Outcome, begin: Callable[[int], None]) -> None:
    """One `apply`; `begin` is told its process id before it does anything."""
    if (recipe.parent / "done").exists():
        return
    outcome.tries += 1
    # The shell waits for a line, so that the plan of the proxies stands before the first request.
    with subprocess.Popen(
        ["/bin/sh", "-c", 'read go; exec "$@"', "sh", *COMMAND, "apply", str(recipe)],
        cwd=recipe.parent,
        env=there.cli.environ | there.values,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        begin(process.pid)
        try:
            out, told = process.communicate("go\n", timeout=TIMEOUT)
        except BrokenPipeError:
            out, told = process.communicate()
        except subprocess.TimeoutExpired:
            process.kill()
            out, told = process.communicate()
            outcome.found.other.append("apply did not end")
        if outcome.timer is not None:
            outcome.timer.cancel()
    PRINTED.extend((out, told))
    (recipe.parent / f"told-{outcome.tries}.txt").write_text(f"{process.returncode}\n{out}\n{told}")
    if process.returncode == 0 or _has_ended(there, recipe.parent.name):
        (recipe.parent / "done").touch()
    elif process.returncode not in {-signal.SIGKILL, -signal.SIGINT, 130, 4}:
        outcome.found.other.append(f"apply ended with {process.returncode}: {told.strip().splitlines()[-3:]}")
    if "Traceback" in told:
        outcome.found.other.append(f"a traceback: {told[-1500:]}")


def _has_ended(there: Account, name: str) -> bool:
    """Whether the run was over before its command was killed: the same command would begin another, as it should."""
    there.journal.restart(lambda _number, _request: None)
    told = there.cli("runs", "--json", environ=there.values)
    assert told.returncode == 0, told.stderr
    found = [run for run in json.loads(told.stdout)["runs"] if run["recipe"] == name]
    return bool(found) and found[-1]["status"] == "purged" and found[-1]["verdict"] == "succeeded"


def _judge(outcome: Outcome, form: Form, there: Account, folder: Path, name: str, *, service_died: bool) -> None:
    seen = findings(form, there, folder, name, service_died=service_died)
    outcome.found.lost += seen.lost
    outcome.found.doubled += seen.doubled
    outcome.found.left += seen.left
    outcome.found.other += seen.other
