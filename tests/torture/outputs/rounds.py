"""Rounds in which a promised output is taken away, on the node, in storage or on the user's disk.

A command that exits with 0 must have collected every output that its tasks promised, with the content that tasks of
that very run wrote. What is taken away decides only how often a command may fail.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient

if TYPE_CHECKING:
    import random
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from command import Cli

TASKS = 4
LONGEST = 2.0
"""Seconds of a run after which a command is killed at the latest."""

_RECIPE = """
schema_version: 1
name: NAME
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v5, target_dedicated_nodes: 1, task_slots_per_node: 4}
storage: {out: {}}
watch: {timeout: PT3M}
jobs:
  one:
    tasks:
      - name: single
        for_each: {range: {start: 0, stop: TASKS}}
        commands:
          - echo $AZ_BATCH_JOB_ID single-${{ item }} > result.csv
          - 'DAMAGE-single'
        output_files: [{file_pattern: result.csv, container: out, path: 'single/${{ item }}.csv'}]
      - name: several
        for_each: {range: {start: 0, stop: TASKS}}
        commands:
          - echo $AZ_BATCH_JOB_ID several-${{ item }} > part-${{ item }}.a
          - 'DAMAGE-several'
        output_files: [{file_pattern: 'part-*.a', container: out, path: several}]
  two:
    after: [one]
    tasks:
      - name: late
        commands:
          - echo $AZ_BATCH_JOB_ID late > late.txt
          - 'DAMAGE-late'
        output_files: [{file_pattern: late.txt, container: out}]
collect: [{container: out, into: got}]
purge: PURGE
"""

OUTPUTS = {
    **{f"single/{number}.csv": f"single-{number}" for number in range(TASKS)},
    **{f"several/part-{number}.a": f"several-{number}" for number in range(TASKS)},
    "late.txt": "late",
}
"""Each blob that the tasks promise → what wrote it."""

DAMAGES = (
    "rm -f *",
    "for f in $(ls); do mv $f x$f.bak; done",
    "for f in $(ls); do rm -f $f; mkdir -p $f; done",
)
"""What a task does to its output before it exits with 0."""


@dataclass
class Round:
    """One run, its faults, and what was wrong.

    Attributes:
        exits: of all commands.
        wrong: violated expectations.
    """

    name: str
    folder: Path
    cli: Cli
    randomness: random.Random
    faults: list[str] = field(default_factory=list)
    exits: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def recipe(self) -> Path:
        return self.folder / "recipe.yaml"

    def run(self) -> None:
        """Run the recipe with one or two faults, and again until it succeeds or twice has not."""
        self.folder.mkdir(parents=True)
        purge = self.randomness.choice(["always", "always", "on_success", "never"])
        text = _RECIPE.replace("NAME", self.name).replace("TASKS", str(TASKS)).replace("PURGE", purge)
        faults = self.randomness.sample(FAULTS, self.randomness.choice([1, 1, 2]))
        text = text.replace("'DAMAGE", "'true'  # ")
        if task_takes_away in faults:
            wrote, damage = self.randomness.choice(list(OUTPUTS.values())), self.randomness.choice(DAMAGES)
            self.faults.append(f"{wrote}: {damage}")
            template, _, number = wrote.partition("-")
            command = f"case $AZ_BATCH_TASK_ID in *-{number}) {damage};; esac" if number else damage
            text = text.replace(f"'true'  # -{template}", json.dumps(command) + "  #")
        self.recipe.write_text(text, encoding="utf-8")
        for fault in faults:
            fault(self)
        for _ in range(3):
            if self.apply().returncode == 0:
                break
        else:
            self.command("collect", self.recipe)
            # A purge deletes nothing that was promised and is not there; it succeeds when all of it was collected.
            self.command("purge", self.recipe, "--yes")
        self.cli("purge", self.recipe, "--all", "--force", "--yes", cwd=self.folder)

    def apply(self, *more: str) -> subprocess.CompletedProcess[str]:
        return self.command("apply", self.recipe, *more)

    def command(self, *arguments: Any) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, and check what its exit code promises."""
        done = self.cli(*arguments, "--json", cwd=self.folder)
        self.check(str(arguments[0]), done.returncode, done.stdout, done.stderr, whole="--to" not in arguments)
        return done

    def check(self, name: str, code: int, out: str, err: str, *, whole: bool) -> None:
        """No success without all outputs, and no traceback."""
        self.exits.append(f"{name} {code}")
        if code == 3:
            self.wrong.append(f"the recipe is not valid: {err}")
        if "Traceback" in err or "[defect]" in err:
            self.wrong.append(f"{name} failed with a defect: {err[-1500:]}")
        if code != 0 or not whole:
            return
        run = json.loads(out)["run"]
        for blob, wrote in OUTPUTS.items():
            path = self.folder / "got" / blob
            said = path.read_text(encoding="utf-8").split() if path.is_file() else []
            if len(said) != 2 or not said[0].startswith(f"{self.name}-{run}") or said[1] != wrote:
                self.wrong.append(
                    f"{name} exits with 0, but {blob} of run {run} is {said or 'not there'}: {out[-900:]}"
                )

    @contextlib.contextmanager
    def blobs(self) -> Iterator[tuple[BlobServiceClient, str | None]]:
        """The storage of the account, and the container of the newest run that there is."""
        with BlobServiceClient.from_connection_string(self.cli.account()["AZURE_STORAGE_CONNECTION_STRING"]) as service:
            found = [each.name for each in service.list_containers(name_starts_with=f"{self.name}-")]
            yield service, max((name for name in found if name.endswith("-out")), default=None)

    def interrupted(self, *more: str) -> None:
        """Begin a run and end its command at a random time, by a signal."""
        number = self.randomness.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT])
        seconds = self.randomness.uniform(0.3, LONGEST)
        with self.cli.start("apply", self.recipe, "--json", *more, cwd=self.folder) as process:
            time.sleep(seconds)
            process.send_signal(number)
            out, err = process.communicate(timeout=120)
        self.check(f"apply with {number.name} after {seconds:.1f} s", process.returncode, out, err, whole=True)


def task_takes_away(_round: Round) -> None:
    """A task does not write its output: the recipe has it already."""


def command_is_killed(round_: Round) -> None:
    """The command is killed or interrupted, once or twice."""
    for _ in range(round_.randomness.choice([1, 2])):
        round_.faults.append("the command is killed")
        round_.interrupted()


def blob_is_deleted(round_: Round) -> None:
    """Another client deletes an output, or a few, before they are collected."""
    round_.apply("--to", "watch")
    with round_.blobs() as (service, container):
        if container is None:
            return
        names = sorted(blob.name for blob in service.get_container_client(container).list_blobs())
        for name in round_.randomness.sample(names, min(len(names), round_.randomness.choice([1, 1, 3]))):
            round_.faults.append(f"blob {name} is deleted")
            service.get_blob_client(container, name).delete_blob()


def container_is_deleted(round_: Round) -> None:
    """Another client deletes the container of the outputs, before or after the tasks ran."""
    phase = round_.randomness.choice(["stage", "provision", "submit", "watch", "watch"])
    round_.apply("--to", phase)
    with round_.blobs() as (service, container):
        if container is not None:
            round_.faults.append(f"the container is deleted after {phase}")
            service.delete_container(container)


def storage_is_killed(round_: Round) -> None:
    """The storage or all of the local account is killed while or after the tasks run."""
    if round_.randomness.random() < 1 / 2:
        round_.apply("--to", "watch")
    else:
        round_.interrupted()
    pids = round_.cli.json("emulator", "status")["pids"]
    which = round_.randomness.choice(sorted(pids))
    round_.faults.append(f"{which} is killed")
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(pids[which]), signal.SIGKILL)
    started = round_.cli("emulator", "start")
    if started.returncode != 0:
        round_.wrong.append(f"emulator start failed: {started.stderr[-500:]}")


def target_cannot_be_written(round_: Round) -> None:
    """Something is in the way of what is collected: at the folder, or at one file."""
    round_.apply("--to", "watch")
    got = round_.folder / "got"
    if round_.randomness.random() < 1 / 2 and not got.exists():
        round_.faults.append("a file is in the way of the folder")
        got.write_text("mine")
        code = round_.apply().returncode
        got.unlink()
    else:
        place = got / round_.randomness.choice(list(OUTPUTS))
        round_.faults.append(f"a folder is in the way of {place.name}")
        place.unlink(missing_ok=True)  # an interrupted command may have collected it
        (place / "mine").mkdir(parents=True)
        code = round_.apply().returncode
        if place.is_dir():
            shutil.rmtree(place)
    if code == 0:
        round_.wrong.append("apply exits with 0 though it could not write what it collected")


def pool_is_deleted(round_: Round) -> None:
    """Another client deletes the pool when the tasks have ended."""
    round_.apply("--to", "watch")
    account = round_.cli.account()
    credential = AzureNamedKeyCredential(account["AZURE_BATCH_ACCOUNT"], account["AZURE_BATCH_ACCESS_KEY"])
    with BatchClient(account["AZURE_BATCH_ENDPOINT"], credential) as batch:
        for pool in [pool.id for pool in batch.list_pools() if str(pool.id).startswith(f"{round_.name}-")]:
            round_.faults.append("the pool is deleted")
            with contextlib.suppress(ResourceNotFoundError):
                batch.begin_delete_pool(str(pool), polling_interval=1)


FAULTS: tuple[Callable[[Round], None], ...] = (
    task_takes_away,
    command_is_killed,
    blob_is_deleted,
    container_is_deleted,
    storage_is_killed,
    target_cannot_be_written,
    pool_is_deleted,
)
