"""Takes promised outputs away at random, and checks that no command exits with 0 without them.

python -m tests.torture.outputs --seed N --rounds N
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from command import Cli, clean_environment
from torture.outputs.rounds import Round

if TYPE_CHECKING:
    from collections.abc import Callable


def take_away(cli: Cli, folder: Path, *, seed: int, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Run the rounds and count; equal seeds take away the same.

    Args:
        cli: runs commands on a separate local account, which is started here.
        folder: for the runs.
        seed: of the first round; each has one of its own.
        rounds: how many.
        say: receives a line after each round.
    """
    started = cli("emulator", "start", "--time-scale", "60")
    assert started.returncode == 0, started.stderr
    ends: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(rounds):
        name = f"away{seed}x{number}"
        one = Round(name, folder / name, cli, random.Random(f"{seed}/{number}"))  # noqa: S311 - equal seeds
        one.run()
        ends["succeeded" if any(each.startswith("apply 0") for each in one.exits[-1:]) else "failed"] += 1
        wrong += [f"{name}: {'; '.join(one.faults)}: {each}" for each in one.wrong]
        say(f"{'WRONG' if one.wrong else 'right'} {name}: {'; '.join(one.faults)}: {', '.join(one.exits)}")
    return {"what": "runs whose outputs are taken away", "seed": seed, "rounds": rounds, **ends, "wrong": wrong}


def main() -> int:
    """Print the figures; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args()
    # Shells start what they put in the background without Ctrl-C, and every process below it inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        cli = Cli(clean_environment(Path(folder) / "account"))
        try:
            figures = take_away(cli, Path(folder) / "runs", seed=options.seed, rounds=options.rounds, say=_say)
        finally:
            cli("emulator", "stop")
    print(json.dumps(figures, indent=1))
    return 1 if figures["wrong"] else 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
