"""A process that gives one recipe after another to the commands that look at recipes, and says what each did.

One line of JSON in, the text of a recipe; one line out: findings, exit codes, processor seconds, peak of memory.
The folder it is given is laid out by `attack.recipes.place`.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import time
import unicodedata
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from attack.recipes.place import CANARIES, Place
from attack.recipes.trace import Trace
from processes import peak_memory_mib

from recipebatch import bundled_files

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS = (
    ("validate",),
    ("lint",),
    ("plan",),
    ("plan", "--json"),
    ("show", "--resolved"),
    ("test", "--update"),
)
_PLAIN = frozenset("\n\t")
_INVISIBLE = frozenset(
    "\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\ue000\ue001"
)
"""Characters that change the direction or the order of what is around them, or are not seen at all."""


class _Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def main() -> None:
    """Answer each line until stdin ends."""
    place = Place(Path(sys.argv[1]))
    os.chdir(place.current)
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))  # a fault of the tool must not take the machine's memory
    from recipebatch.cli.app import main as command

    bundled = [path.parent for path in (bundled_files.schema("recipe.schema.json"), bundled_files.recipes()["topn"])]
    trace = Trace(
        readable=[place.recipe.parent, place.settings, *bundled],
        writable=[place.state, place.recipe.with_name("golden.json")],
    )
    trace.start()
    for line in sys.stdin:
        print(json.dumps(_judged(command, place, trace, json.loads(line))), flush=True)


def _judged(command: Callable[[], None], place: Place, trace: Trace, text: str) -> dict[str, object]:
    place.recipe.write_text(text, encoding="utf-8")
    findings, codes = [], []
    begun = time.process_time()
    for arguments in COMMANDS:
        trace.findings.clear()
        trace.on = True
        named = place.tests if arguments[0] == "test" else place.recipe
        try:
            code, output = _run(command, [*arguments, str(named)])
        finally:
            trace.on = False
        codes.append(code)
        found = [*trace.findings, *faults(output, code, json_wanted="--json" in arguments)]
        findings += [f"{' '.join(arguments)}: {finding}" for finding in dict.fromkeys(found)]
    seconds = time.process_time() - begun
    findings += place.changes()
    return {
        "findings": findings,
        "codes": codes,
        "seconds": round(seconds, 3),
        "peak": peak_memory_mib(),
    }


def _run(command: Callable[[], None], arguments: list[str]) -> tuple[int, str]:
    """The exit code of a command and all that it printed."""
    raw = io.BytesIO()
    output = _Terminal(raw, encoding="utf-8", errors="surrogateescape", write_through=True)
    sys.argv = ["recipebatch", *arguments]
    code = 0
    with redirect_stdout(output), redirect_stderr(output), suppress(BrokenPipeError):
        try:
            command()
        except SystemExit as ending:
            code = ending.code if isinstance(ending.code, int) else 1
    return code, raw.getvalue().decode("utf-8", "surrogateescape")


def faults(output: str, code: int, *, json_wanted: bool) -> list[str]:
    """What must not be in the output of a command."""
    found = []
    if "Traceback" in output or "has a defect" in output or code not in {0, 1, 2, 3, 4, 10}:
        found.append(f"exit code {code}: {output[-1500:]}")
    found += [f"prints {canary}" for canary in CANARIES if canary in output]
    controls = {char for char in output if unicodedata.category(char) in {"Cc", "Cs"} or char in _INVISIBLE} - _PLAIN
    if controls:
        line = next(line for line in output.split("\n") if controls & set(line))
        found.append(f"prints {sorted(map(ascii, controls))} in {line!a:.300}")
    if json_wanted and code == 0:
        try:
            json.loads(output)
        except ValueError as error:
            found.append(f"no JSON: {error}")
    if len(output) > 4_000_000:
        found.append(f"prints {len(output):,} characters")
    return found


if __name__ == "__main__":
    main()
