"""The long form: `PYTHONPATH=tests python -m attack.recipes --seed N --count N [--out FILE]`."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from attack.recipes.campaign import attack, generated

SECONDS = 2.0
MEMORY_MIB = 300


def main() -> None:
    """Attack, and print figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--out", type=Path, help="write the findings, each with its recipe, to this file")
    options = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as root:
        # Batches: hypothesis keeps what it has drawn, and repeats itself less.
        texts = [text for batch in range(0, options.count, 500) for text in generated(options.seed + batch, 500)]
        outcome = attack(Path(root), texts[: options.count])
    figures = {
        "what": "hostile recipes",
        "seed": options.seed,
        "recipes": outcome.recipes,
        "exit codes of plan": dict(sorted(outcome.codes.items())),
        "findings": len(outcome.findings),
        "longest processor seconds of all commands together": max(outcome.seconds),
        f"recipes over {SECONDS:g} s": sum(seconds > SECONDS for seconds in outcome.seconds),
        "peak MiB": round(outcome.peak),
        "wall seconds": round(time.monotonic() - begun),
    }
    print(json.dumps(figures, indent=1))
    if options.out:
        options.out.write_text(json.dumps(outcome.findings, indent=1), encoding="utf-8")
    raise SystemExit(bool(outcome.findings) or outcome.peak > MEMORY_MIB)


if __name__ == "__main__":
    main()
