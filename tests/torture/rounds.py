"""One round: a run of a recipe that is disturbed somewhere, then continued; and what must hold in the end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import BlobServiceClient
from command import COMMAND, TIMEOUT, Cli
from torture.proxy import Fault, Journal, Moment, Proxy, Request

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator
    from pathlib import Path

FILES = 3
MANY = 130  # more than one chunk of a submission

RECIPE = """
schema_version: 1
name: NAME
storage:
  input: {uploads: ['input/*.txt']}
  output: {}
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1, task_slots_per_node: 4}
tasks:
  - name: shout
    for_each: {files: input}
    resource_files: ['${{ file }}']
    commands:
      - echo ${{ task.id }} >> LEDGER
      - tr a-z A-Z < ${{ file.name }} > loud-${{ file.name }}
    output_files: [{file_pattern: 'loud-*', container: output}]
  - name: many
    for_each: {range: {start: 1, stop: COUNT}}
    commands: ['echo ${{ task.id }} >> LEDGER']
watch: {timeout: PT5M}
collect: [{container: output, into: results}]
purge: always
"""

_TRIES = 8


@dataclass
class Outcome:
    """What one round showed; `wrong` is empty when all that must hold does."""

    what: str
    tries: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass
class Account:
    """A local account behind two proxies, and its plain clients beside them."""

    cli: Cli
    journal: Journal
    values: dict[str, str]
    batch: BatchClient
    blobs: BlobServiceClient


@contextlib.contextmanager
def account(cli: Cli) -> Iterator[Account]:
    """The account of a running local service, reached through proxies."""
    values = cli.account()
    journal = Journal()
    endpoint, connection = values["AZURE_BATCH_ENDPOINT"], values["AZURE_STORAGE_CONNECTION_STRING"]
    parts = dict(part.split("=", 1) for part in connection.split(";") if part)
    credential = AzureNamedKeyCredential(values["AZURE_BATCH_ACCOUNT"], values["AZURE_BATCH_ACCESS_KEY"])
    with (
        Proxy("batch", endpoint, journal) as before_batch,
        Proxy("blob", parts["BlobEndpoint"], journal) as before_blobs,
        BatchClient(endpoint, credential) as batch,
        BlobServiceClient.from_connection_string(connection) as blobs,
    ):
        path = parts["BlobEndpoint"].split("/", 3)[3]
        parts["BlobEndpoint"] = f"http://127.0.0.1:{before_blobs.port}/{path}"
        yield Account(
            cli,
            journal,
            values
            | {
                "AZURE_BATCH_ENDPOINT": f"http://127.0.0.1:{before_batch.port}",
                "AZURE_STORAGE_CONNECTION_STRING": ";".join(f"{name}={value}" for name, value in parts.items()),
            },
            batch,
            blobs,
        )


def write_recipe(folder: Path, name: str) -> Path:
    """The recipe of one round, its inputs, and no results."""
    (folder / "input").mkdir(parents=True)
    for number in range(FILES):
        (folder / "input" / f"text{number}.txt").write_text(f"words of file {number}\n" * 50)
    text = RECIPE.replace("NAME", name).replace("LEDGER", str(folder / "ledger")).replace("COUNT", str(MANY))
    (folder / "recipe.yaml").write_text(text)
    return folder / "recipe.yaml"


def requests_of_a_run(there: Account, folder: Path) -> list[Request]:
    """The client's requests of a run that nothing disturbs."""
    there.journal.restart(lambda _number, _request: None)
    there.journal.answers.clear()
    outcome = Outcome("undisturbed")
    recipe = write_recipe(folder, "calm")
    _apply(there, recipe, outcome, lambda _pid: None)
    outcome.wrong += wrong_in_the_end(there, folder, "calm")
    if outcome.wrong:
        raise AssertionError(f"the undisturbed run is wrong already: {outcome.wrong}")
    return list(there.journal.requests)


def crash_round(there: Account, folder: Path, name: str, randomness: random.Random, requests: int) -> Outcome:
    """Kill or interrupt the client at a request, up to three times, then let it end."""
    points = [
        (
            randomness.randrange(requests),
            randomness.choice(list(Moment)),
            randomness.choice([signal.SIGKILL] * 3 + [signal.SIGINT]),
        )
        for _ in range(randomness.choice([1, 1, 2, 3]))
    ]
    outcome = Outcome("; ".join(f"{kind.name} {moment.value} request {at}" for at, moment, kind in points))
    recipe = write_recipe(folder, name)
    there.journal.answers.clear()
    for at, moment, kind in points:
        _apply(there, recipe, outcome, _killing(there.journal, at, moment, kind))
    _until_done(there, recipe, outcome)
    outcome.wrong += wrong_in_the_end(there, folder, name)
    return outcome


def fault_round(there: Account, folder: Path, name: str, form: str, fault: Fault, times: int) -> Outcome:
    """Let a fault befall the first requests of one kind of call, then let the run end."""
    outcome = Outcome(f"{fault} x {times} at {form}")
    recipe = write_recipe(folder, name)
    there.journal.answers.clear()
    left = times

    def plan(_number: int, request: Request) -> Fault | None:
        nonlocal left
        if left and request.form() == form:
            left -= 1
            return fault
        return None

    def begin(_pid: int) -> None:
        there.journal.restart(plan)

    _apply(there, recipe, outcome, begin)
    _until_done(there, recipe, outcome)
    if left == times:
        outcome.wrong.append("the fault befell nothing")
    outcome.wrong += wrong_in_the_end(there, folder, name)
    return outcome


def _killing(journal: Journal, at: int, moment: Moment, kind: signal.Signals) -> Callable[[int], None]:
    def begin(pid: int) -> None:
        fault = Fault(moment, happens=lambda: os.kill(pid, kind))
        journal.restart(lambda number, _request: fault if number == at else None)

    return begin


def _until_done(there: Account, recipe: Path, outcome: Outcome) -> None:
    """The same command again, undisturbed, until it succeeds; a run that had ended already needs none."""
    while not (recipe.parent / "done").exists():
        if outcome.tries > _TRIES:
            outcome.wrong.append(f"not done after {outcome.tries} applies")
            return
        _apply(there, recipe, outcome, lambda _pid: there.journal.restart(lambda _number, _request: None))


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
        except subprocess.TimeoutExpired:
            process.kill()
            out, told = process.communicate()
            outcome.wrong.append("apply did not end")
    there.cli.printed.extend((out, told))
    if process.returncode == 0 or _has_ended(there, recipe.parent.name):
        (recipe.parent / "done").touch()
    elif process.returncode not in {-signal.SIGKILL, 130, 4}:
        outcome.wrong.append(f"apply ended with {process.returncode}: {told.strip().splitlines()[-3:]}")
    if "Traceback" in told:
        outcome.wrong.append(f"a traceback: {told[-1500:]}")


def _has_ended(there: Account, name: str) -> bool:
    """Whether the run was over before its command was killed: the same command would begin another, as it should."""
    there.journal.restart(lambda _number, _request: None)
    told = there.cli("runs", "--json", environ=there.values)
    assert told.returncode == 0, told.stderr
    found = [run for run in json.loads(told.stdout)["runs"] if run["recipe"] == name]
    return bool(found) and found[-1]["status"] == "purged" and found[-1]["verdict"] == "succeeded"


def wrong_in_the_end(there: Account, folder: Path, name: str) -> list[str]:
    """What does not hold after a run that said it is done."""
    wrong: list[str] = []
    expected = sorted([f"shout-{n}" for n in range(FILES)] + [f"many-{n}" for n in range(MANY)], key=_by_number)
    ran = sorted((folder / "ledger").read_text().split(), key=_by_number) if (folder / "ledger").exists() else []
    if [_by_number(task) for task in ran] != [_by_number(task) for task in expected]:
        lost, more = len(set(expected)) - len(set(ran)), len(ran) - len(set(ran))
        wrong.append(f"{lost} tasks lost, {more} ran twice; of {len(expected)} {len(ran)} ran")
    for number in range(FILES):
        source = (folder / "input" / f"text{number}.txt").read_text().upper()
        result = folder / "results" / f"loud-text{number}.txt"
        if not result.exists() or result.read_text() != source:
            wrong.append(f"{result.name} is missing or wrong")
    wrong += [f"pool {pool.id} is left" for pool in there.batch.list_pools() if pool.id.startswith(name)]
    wrong += [f"job {job.id} is left" for job in there.batch.list_jobs() if job.id.startswith(name)]
    wrong += [
        f"container {found.name} is left"
        for found in there.blobs.list_containers()
        if found.name.startswith(f"{name}-")
    ]
    for kind in ("pools", "jobs"):
        made = sum(
            request.service == "batch"
            and request.method == "POST"
            and request.path.startswith(f"/{kind}?")
            and status == 201
            for request, status in there.journal.answers
        )
        if made != 1:
            wrong.append(f"{made} {kind} were made")
    return wrong


def _by_number(task: str) -> tuple[str, int]:
    template, _, number = task.rpartition("-")
    return template, int(number)
