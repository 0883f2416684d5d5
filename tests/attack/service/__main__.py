"""The long form, on a local account of its own: hostile requests of ten clients while another client runs recipes.

PYTHONPATH=tests python -m attack.service --seed N --count N --seconds N
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from command import Cli, clean_environment
from torture.account import Account, proxied_account
from torture.forms import FORMS
from torture.rounds import run_baseline

_TESTS = Path(__file__).resolve().parents[2]
_STOP_SECONDS = 10


def main() -> int:
    """Attack, and print figures as JSON; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=10)
    parser.add_argument("--count", type=int, default=100_000, help="hostile requests, at least")
    parser.add_argument("--seconds", type=int, default=600, help="at least")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cli = Cli(clean_environment(Path(folder) / "account"))
        started = cli("emulator", "start")
        assert started.returncode == 0, started.stderr
        try:
            figures = _attack(cli, Path(folder) / "runs", options)
        finally:
            begun = time.monotonic()
            stopped = cli("emulator", "stop")
            stop_seconds = time.monotonic() - begun
    figures["seconds to stop"] = round(stop_seconds, 1)
    print(json.dumps(figures, indent=1))
    return bool(
        figures["wrong"] or figures["runs that were wrong"] or stopped.returncode or stop_seconds > _STOP_SECONDS
    )


def _attack(cli: Cli, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    service = int(cli.json("emulator", "status")["pids"]["service"])
    with proxied_account(cli) as account:
        _run_recipes(account, folder, lambda number: number < len(FORMS), "calm")
        before, begun = _resident(service), time.monotonic()
        values = cli.account()
        arguments = (values["AZURE_BATCH_ENDPOINT"], values["AZURE_BATCH_ACCOUNT"])
        numbers = map(str, (options.seed, options.clients, options.count, options.seconds))
        with subprocess.Popen(
            [sys.executable, "-m", "attack.service.worker", *arguments, *numbers],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(_TESTS)},
        ) as attackers:
            assert attackers.stdin is not None
            assert attackers.stdout is not None
            attackers.stdin.write(values["AZURE_BATCH_ACCESS_KEY"] + "\n")
            attackers.stdin.close()
            sizes: list[int] = []

            def goes_on(_number: int) -> bool:
                sizes.append(_resident(service))
                return attackers.poll() is None

            runs, wrong = _run_recipes(account, folder, goes_on, "run")
            findings = json.loads(attackers.stdout.read())
    return {
        "what": "hostile requests",
        "seed": options.seed,
        "seconds": round(time.monotonic() - begun),
        **findings,
        "runs": runs,
        "runs that were wrong": wrong,
        "MiB before, during and after": [before, *sizes[:: max(1, len(sizes) // 10)], _resident(service)],
    }


def _run_recipes(account: Account, folder: Path, goes_on: Any, name: str) -> tuple[int, list[str]]:
    number, wrong = 0, []
    while goes_on(number):
        form = FORMS[number % len(FORMS)]
        try:
            run_baseline(account, form, folder / f"{name}{number}", f"{name}{number}")
        except AssertionError as error:
            wrong.append(str(error))
        number += 1
    return number, wrong


def _resident(pid: int) -> int:
    """MiB of memory of a process."""
    listed = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(listed.stdout) // 1024


if __name__ == "__main__":
    raise SystemExit(main())
