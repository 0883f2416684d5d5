"""One round: a run of a recipe that is interrupted or gets faults, and is then continued."""

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
from torture.proxy import Fault, Request, When

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from torture.account import Account
    from torture.proxy import Journal

_TRIES = 8


@dataclass
class Outcome:
    """The result of one round.

    Attributes:
        what: the faults injected into the run.
        disturbed: how often the client or a service was killed, or a fault was injected into a request.
        timer: kills the client; cancelled when the client has exited, because its process id may be reused.
        found: the violated expectations.
    """

    what: str
    tries: int = 0
    disturbed: int = 0
    found: Findings = field(default_factory=Findings)
    timer: threading.Timer | None = None


@dataclass(frozen=True)
class Baseline:
    """The requests and the duration of a run without faults."""

    requests: list[Request]
    seconds: float


def run_baseline(account: Account, form: Form, folder: Path, name: str) -> Baseline:
    """Run without faults.

    Raises:
        AssertionError: an expectation is violated even without faults.
    """
    account.journal.answers.clear()
    outcome = Outcome("undisturbed")
    recipe = form.write(folder, name)
    started = time.monotonic()
    _apply(account, recipe, outcome, _without_faults(account.journal))
    seconds = time.monotonic() - started
    requests = list(account.journal.requests)
    _check(outcome, form, account, folder, name, service_died=False)
    if outcome.found.lines():
        raise AssertionError(f"the undisturbed run is wrong already: {outcome.found.lines()}")
    return Baseline(requests, seconds)


def crash_round(
    account: Account, form: Form, folder: Path, name: str, randomness: random.Random, baseline: Baseline
) -> Outcome:
    """Kill or interrupt the client up to three times, then repeat the command until it succeeds.

    It is killed at a request, before or after the service executes it, or at a random time of the run.
    """
    outcome = Outcome("")
    recipe = form.write(folder, name)
    account.journal.answers.clear()
    faults = []
    for _ in range(randomness.choice([1, 1, 2, 3])):
        kind = randomness.choice([signal.SIGKILL] * 3 + [signal.SIGINT])
        if randomness.random() < 1 / 4:
            after = randomness.uniform(0, baseline.seconds)
            faults.append(f"{kind.name} after {after:.2f} s")
            begin = _killing_after(account.journal, after, kind, outcome)
        else:
            at, when = randomness.randrange(len(baseline.requests)), randomness.choice(list(When))
            faults.append(f"{kind.name} {when.value} request {at}")
            begin = _killing_at(account.journal, at, when, kind, outcome)
        _apply(account, recipe, outcome, begin)
    outcome.what = f"{form.name}: " + "; ".join(faults)
    _repeat_until_done(account, recipe, outcome)
    _check(outcome, form, account, folder, name, service_died=False)
    return outcome


def fault_round(account: Account, form: Form, folder: Path, name: str, call: str, fault: Fault, times: int) -> Outcome:
    """Inject a fault into the first requests of one kind of call, then repeat the command until it succeeds."""
    outcome = Outcome(f"{form.name}: {fault} x {times} at {call}")
    recipe = form.write(folder, name)
    account.journal.answers.clear()

    def plan(_number: int, request: Request) -> Fault | None:
        if outcome.disturbed < times and request.form() == call:
            outcome.disturbed += 1
            return fault
        return None

    _apply(account, recipe, outcome, lambda _pid: account.journal.restart(plan))
    _repeat_until_done(account, recipe, outcome)
    if not outcome.disturbed:
        outcome.found.other.append("no request got the fault")
    _check(outcome, form, account, folder, name, service_died=False)
    return outcome


def service_round(
    account: Account, form: Form, folder: Path, name: str, randomness: random.Random, baseline: Baseline
) -> Outcome:
    """Kill the Batch service at a request, restart it, and repeat the command until it succeeds."""
    at, when = randomness.randrange(len(baseline.requests)), randomness.choice(list(When))
    outcome = Outcome(f"{form.name}: the service killed {when.value} request {at}")
    recipe = form.write(folder, name)
    account.journal.answers.clear()
    restarted = threading.Event()

    def action() -> None:
        outcome.disturbed += 1
        try:
            account.kill_service()
        finally:
            restarted.set()

    fault = Fault(when, action=action)
    _apply(
        account,
        recipe,
        outcome,
        lambda _pid: account.journal.restart(lambda number, _request: fault if number == at else None),
    )
    _repeat_until_done(account, recipe, outcome)
    # The run can end before the service is back, when its last request was the one that killed it.
    if outcome.disturbed:
        restarted.wait(TIMEOUT)
    _check(outcome, form, account, folder, name, service_died=True)
    return outcome


def _without_faults(journal: Journal) -> Callable[[int], None]:
    return lambda _pid: journal.restart(lambda _number, _request: None)


def _killing_at(journal: Journal, at: int, when: When, kind: signal.Signals, outcome: Outcome) -> Callable[[int], None]:
    def begin(pid: int) -> None:
        def action() -> None:
            outcome.disturbed += 1
            os.kill(pid, kind)

        fault = Fault(when, action=action)
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


def _repeat_until_done(account: Account, recipe: Path, outcome: Outcome) -> None:
    """Repeat the command without faults until it succeeds; not needed if the run had already ended."""
    while not (recipe.parent / "done").exists():
        if outcome.tries > _TRIES:
            outcome.found.other.append(f"not done after {outcome.tries} applies")
            return
        _apply(account, recipe, outcome, _without_faults(account.journal))


def _apply(account: Account, recipe: Path, outcome: Outcome, begin: Callable[[int], None]) -> None:
    """Run `apply` once; `begin` gets its process id before it sends any request."""
    if (recipe.parent / "done").exists():
        return
    outcome.tries += 1
    # The shell waits for a line, so that the faults are configured before the first request.
    with subprocess.Popen(
        ["/bin/sh", "-c", 'read go; exec "$@"', "sh", *COMMAND, "apply", str(recipe)],
        cwd=recipe.parent,
        env=account.cli.environ | account.values,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        begin(process.pid)
        try:
            out, stderr = process.communicate("go\n", timeout=TIMEOUT)
        except BrokenPipeError:
            out, stderr = process.communicate()
        except subprocess.TimeoutExpired:
            process.kill()
            out, stderr = process.communicate()
            outcome.found.other.append("apply did not end")
        if outcome.timer is not None:
            outcome.timer.cancel()
    PRINTED.extend((out, stderr))
    (recipe.parent / f"output-{outcome.tries}.txt").write_text(f"{process.returncode}\n{out}\n{stderr}")
    if process.returncode == 0 or _has_ended(account, recipe.parent.name):
        (recipe.parent / "done").touch()
    elif process.returncode not in {-signal.SIGKILL, -signal.SIGINT, 130, 4}:
        outcome.found.other.append(f"apply ended with {process.returncode}: {stderr.strip().splitlines()[-3:]}")
    if "Traceback" in stderr:
        outcome.found.other.append(f"a traceback: {stderr[-1500:]}")


def _has_ended(account: Account, name: str) -> bool:
    """Whether the run had ended before its command was killed; the same command would then start another run."""
    account.journal.restart(lambda _number, _request: None)
    listed = account.cli("runs", "--json", environ=account.values)
    assert listed.returncode == 0, listed.stderr
    found = [run for run in json.loads(listed.stdout)["runs"] if run["recipe"] == name]
    return bool(found) and found[-1]["status"] == "purged" and found[-1]["verdict"] == "succeeded"


def _check(outcome: Outcome, form: Form, account: Account, folder: Path, name: str, *, service_died: bool) -> None:
    seen = findings(form, account, folder, name, service_died=service_died)
    outcome.found.lost += seen.lost
    outcome.found.doubled += seen.doubled
    outcome.found.left += seen.left
    outcome.found.other += seen.other
