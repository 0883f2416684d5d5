"""How long `recipebatch --help` and `validate` take, compared with a minimal Typer program; prints one JSON line.

Only the ratios are meaningful; the times depend on the machine.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import recipebatch

ROUNDS = 15
BARE = """
import typer
app = typer.Typer()

@app.command()
def hello(name: str = "you") -> None:
    "Say hello."

@app.command()
def bye(name: str = "you") -> None:
    "Say goodbye."

app()
"""


def seconds(command: list[str]) -> float:
    """Wall time of one successful call in seconds."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    """Alternate the commands, so that other load affects all of them equally."""
    recipe = Path(__file__).resolve().parents[1] / "recipes" / "topn.yaml"
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        commands = {
            "bare_typer_help": [sys.executable, str(bare), "--help"],
            "help": [sys.executable, "-m", "recipebatch", "--help"],
            "validate": [sys.executable, "-m", "recipebatch", "validate", str(recipe)],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for command in commands.values():
            seconds(command)
        for _ in range(ROUNDS):
            for name, command in commands.items():
                times[name].append(seconds(command))
    medians = {name: statistics.median(values) for name, values in times.items()}
    floor = medians["bare_typer_help"]
    print(
        json.dumps(
            {
                "what": "start-up",
                "rounds": ROUNDS,
                "seconds": {name: round(value, 4) for name, value in medians.items()},
                "ratio_to_bare_typer": {
                    name: round(value / floor, 2) for name, value in medians.items() if name != "bare_typer_help"
                },
                "version": recipebatch.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()
