"""Gives many hostile recipes to a worker process, and gathers what it did that it must not."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from attack.recipes.hostile_recipes import hostile_recipes
from attack.recipes.place import Place
from drawing import draw

if TYPE_CHECKING:
    from collections.abc import Iterable

WORKER = Path(__file__).parent / "worker.py"
HANG = 60.0
"""Seconds after which a recipe is one that hangs, on any machine however busy."""


@dataclass(slots=True)
class Outcome:
    """What came of the recipes.

    Attributes:
        findings: texts of recipes by what they did.
        codes: how often each exit code of `plan` came.
        seconds: processor seconds of each recipe, all commands together.
        peak: the most memory of the worker, in MiB.
    """

    recipes: int = 0
    findings: dict[str, str] = field(default_factory=dict)
    codes: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    peak: float = 0

    def add(self, text: str, answer: dict[str, object]) -> None:
        """Take in the answer of a worker."""
        self.recipes += 1
        for finding in answer["findings"]:  # type: ignore[attr-defined]
            self.findings.setdefault(finding, text)
        self.codes[answer["codes"][2]] += 1  # type: ignore[index]
        self.seconds.append(answer["seconds"])  # type: ignore[arg-type]
        self.peak = max(self.peak, answer["peak"])  # type: ignore[call-overload]


class Worker:
    """A worker process with a place of its own; another is started when it hangs or dies."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._count = 0
        self._reader = threading.Thread()
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def judge(self, text: str) -> dict[str, object]:
        """The answer of the worker to one recipe."""
        process = self._process or self._start()
        assert process.stdin is not None
        process.stdin.write(json.dumps(text) + "\n")
        process.stdin.flush()
        try:
            line = self._lines.get(timeout=HANG)
        except queue.Empty:
            line = ""
            how = f"hangs: no answer in {HANG:.0f} s"
        else:
            how = "ends the process"
        if line:
            return json.loads(line)  # type: ignore[no-any-return]
        self.stop()
        return {"findings": [how], "codes": [-1] * 9, "seconds": HANG, "peak": 0}

    def stop(self) -> None:
        """End the worker."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._reader.join()
            for stream in (self._process.stdin, self._process.stdout):
                with suppress(BrokenPipeError):
                    stream.close()  # type: ignore[union-attr]
            self._process = None

    def _start(self) -> subprocess.Popen[str]:
        self._count += 1
        place = Place(self._root / str(self._count))
        place.lay_out()
        process = subprocess.Popen(
            [sys.executable, str(WORKER), str(place.root)],
            cwd=place.current,
            env={**place.environment(), "PYTHONPATH": str(Path(__file__).parents[2])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._lines = queue.SimpleQueue()
        self._reader = threading.Thread(target=_read, args=(process, self._lines))
        self._reader.start()
        self._process = process
        return process


def _read(process: subprocess.Popen[str], lines: queue.SimpleQueue[str]) -> None:
    for line in process.stdout or ():
        lines.put(line)
    lines.put("")


def attack(root: Path, texts: Iterable[str]) -> Outcome:
    """Give these recipes to a worker."""
    outcome, worker = Outcome(), Worker(root)
    try:
        for text in texts:
            outcome.add(text, worker.judge(text))
    finally:
        worker.stop()
    return outcome


def generated(seed: int, count: int) -> list[str]:
    """The same recipes for the same seed."""
    return draw(hostile_recipes(), seed, count)
