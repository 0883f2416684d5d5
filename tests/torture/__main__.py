"""Injects faults into runs and counts what is lost, repeated or left behind; all counts must be 0.

python -m tests.torture --seed N --rounds N [--only crash|fault|service|pairs]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from command import Cli, clean_environment
from torture.session import KINDS, torture


def main() -> int:
    """Run the rounds; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=100, help="of each kind")
    parser.add_argument("--only", choices=KINDS, help="`pairs` is every fault at every kind of call, once")
    options = parser.parse_args()
    kinds = (options.only,) if options.only else ("crash", "fault", "service")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        cli = Cli(clean_environment(Path(folder) / "account"))
        try:
            figures = torture(
                cli, Path(folder) / "runs", seed=options.seed, rounds=options.rounds, kinds=kinds, say=_say
            )
        finally:
            cli("emulator", "stop")
    figures["seconds"] = round(time.monotonic() - begun)
    print(json.dumps(figures))
    return 1 if figures["wrong"] else 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
