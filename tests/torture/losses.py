"""Kills, stops and damages the local account at random, and checks that the next commands always come to an end.

`python -m tests.torture.losses --seed N --rounds N`
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.local.daemon.record import read_identities
from recipebatch.local.daemon.search import all_processes
from recipebatch.local.folders import Folders, folders

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT_SECONDS = 90.0
"""More than any command may take on a busy machine: a start after a hang waits 30 seconds for an answer."""


@dataclass
class Losses:
    """A local account in a folder of its own, and what went wrong with it.

    Attributes:
        slowest: seconds of the slowest command, by its name.
    """

    root: Path
    randomness: random.Random
    problems: list[str] = field(default_factory=list)
    slowest: dict[str, float] = field(default_factory=dict)

    @property
    def paths(self) -> Folders:
        return Folders(state=self.root / "local", cache=folders().cache)

    def round(self) -> str:
        """Start the account, do one or two kinds of damage to it, and use it again; returns what was done."""
        self.command("start")
        damages = self.randomness.sample(DAMAGES, self.randomness.choice([1, 1, 2]))
        done = ", ".join(damage.__name__ for damage in damages)
        for damage in damages:
            damage(self)
        name = self.randomness.choice(["start", "stop", "reset", "status"])
        code, said = self.command(name)
        if code not in {0, 4}:
            self.problems.append(f"{done}: {name} ended with {code}: {said}")
        if "Traceback" in said:
            self.problems.append(f"{done}: {name} ended with a traceback: {said}")
        if code and "emulator reset" not in said:
            self.problems.append(f"{done}: {name} does not say how to continue: {said}")
        for last in ("reset", "start", "stop"):
            code, said = self.command(last)
            if code:
                self.problems.append(f"{done}: {last} after {name} ended with {code}: {said}")
        left = all_processes(self.paths)
        if left.services or left.azurites:
            self.problems.append(f"{done}: processes are left: {left}")
        return f"{done}; {name}"

    def command(self, name: str) -> tuple[int, str]:
        """Run `recipebatch emulator NAME`; returns its exit code and what it said."""
        begun = time.monotonic()
        with self.started(name) as process:
            try:
                said, _ = process.communicate(timeout=LIMIT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                self.problems.append(f"{name} did not end")
                return -1, ""
        self.slowest[name] = max(self.slowest.get(name, 0.0), time.monotonic() - begun)
        return process.returncode, said

    def started(self, name: str) -> subprocess.Popen[str]:
        """A running command."""
        command = [sys.executable, "-m", "recipebatch", "emulator", name, *(["--yes"] if name == "reset" else [])]
        environment = {**os.environ, "RECIPEBATCH_STATE_DIR": str(self.root)}
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/"
        )

    def signal(self, number: signal.Signals, *which: int) -> None:
        """Send a signal to the service (0) or to Azurite (1)."""
        for index, identity in enumerate(read_identities(self.paths.record)):
            if index in which:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(identity.pid, number)

    def kill_command(self, name: str) -> None:
        """Start a command and kill it after a moment."""
        with self.started(name) as process:
            time.sleep(self.randomness.uniform(0, 2))
            process.kill()
            # A service that it started has its output too.
            if process.stdout is not None:
                process.stdout.close()


def kill_service(losses: Losses) -> None:
    losses.signal(signal.SIGKILL, 0)


def kill_azurite(losses: Losses) -> None:
    losses.signal(signal.SIGKILL, 1)


def kill_both(losses: Losses) -> None:
    losses.signal(signal.SIGKILL, 0, 1)


def stop_service(losses: Losses) -> None:
    losses.signal(signal.SIGSTOP, 0)


def stop_azurite(losses: Losses) -> None:
    losses.signal(signal.SIGSTOP, 1)


def kill_start(losses: Losses) -> None:
    losses.command("stop")
    losses.kill_command("start")


def kill_stop(losses: Losses) -> None:
    losses.kill_command("stop")


def kill_reset(losses: Losses) -> None:
    losses.kill_command("reset")


def lose_record(losses: Losses) -> None:
    losses.paths.record.unlink(missing_ok=True)


def damage_record(losses: Losses) -> None:
    with contextlib.suppress(FileNotFoundError):
        losses.paths.record.write_bytes(losses.randomness.randbytes(losses.randomness.choice([0, 7, 5000])))


def lose_locks(losses: Losses) -> None:
    losses.paths.service_lock.unlink(missing_ok=True)
    losses.paths.command_lock.unlink(missing_ok=True)


def lose_folder(losses: Losses) -> None:
    shutil.rmtree(losses.root, ignore_errors=True)


def damage_database(losses: Losses) -> None:
    for path in losses.paths.batch.glob("state.sqlite3*"):
        with contextlib.suppress(OSError):
            path.write_bytes(losses.randomness.randbytes(5000))


DAMAGES: tuple[Callable[[Losses], None], ...] = (
    kill_service,
    kill_azurite,
    kill_both,
    stop_service,
    stop_azurite,
    kill_start,
    kill_stop,
    kill_reset,
    lose_record,
    damage_record,
    lose_locks,
    lose_folder,
    damage_database,
)


def main() -> None:
    """Run rounds and print what went wrong; exit code 1 if something did."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.losses", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=10)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as root:
        losses = Losses(Path(root) / "state", random.Random(chosen.seed))  # noqa: S311  reproducible
        try:
            for number in range(chosen.rounds):
                print(f"{number}: {losses.round()}", flush=True)
        finally:
            losses.command("reset")
    for problem in losses.problems:
        print(f"WRONG {problem}")
    print(f"{chosen.rounds} rounds, {len(losses.problems)} wrong; slowest commands in seconds: {losses.slowest}")
    sys.exit(bool(losses.problems))


if __name__ == "__main__":
    main()
