"""Fuzzes the reader of recipes: each input is accepted or refused with a position; none makes the reader fail.

Half of the inputs are mutated bundled recipes; the others consist of keys of the schema and of values chosen by
hypothesis.

python -m tests.torture.fuzz --seed N --count N
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from recipebatch import bundled_files
from recipebatch.errors import InvalidRecipeError
from recipebatch.recipe import parse_recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recipebatch.errors import Problem

SNIPPETS = (
    "&a",
    "*a",
    "<<: *a",
    "!!python/object:os.system x",
    "!!binary aGk=",
    "!x",
    "---",
    "...",
    "%YAML 1.1",
    "\t",
    "\x00",
    "\ufeff",
    "\u2028",
    "\ud83d\ude00",
    "${{",
    "}}",
    "${{ params.x }}",
    "${{ item | raw }}",
    "${{ 9**9**9 }}",
    "${{ 'a' * 999999999 }}",
    "${{ range(999999999) }}",
    "${{ ().__class__ }}",
    "$${{",
    "{",
    "}",
    "[",
    "]",
    "|",
    ">-",
    "'",
    '"',
    "#",
    "null",
    "true",
    "0o17",
    "1e999",
    "-.inf",
    ".nan",
    "99999999999999999999999999",
    "2026-11-20",
    "on",
    "? [a]",
    ": x",
    "- - -",
    "x-y: 1",
    "name: name",
    "for_each: {range: {start: 0, stop: 99999999999}}",
    "for_each: {items: []}",
    "../../etc/passwd",
    "id: a b",
    "parameters: {p: {type: secret, default: x}}",
    "pool: {existing: p}",
    "a" * 70000,
    "[" * 3000,
    "{a: " * 3000,
    "- " * 3000,
    "&b [" * 400,
)

BOMB = "\n".join(
    ["x-0: &a0 [l, l, l, l, l, l, l, l, l]"] + [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
)


def originals() -> list[str]:
    """The texts of the bundled recipes."""
    return [path.read_text(encoding="utf-8") for _, path in sorted(bundled_files.recipes().items())]


def mutated(text: str, randomness: random.Random) -> str:
    """The text with some random mutations."""
    lines = text.split("\n")
    for _ in range(randomness.choice([1, 1, 2, 3, 8])):
        accidents: list[Callable[[list[str], random.Random], None]] = [
            _cut, _double, _swap, _indent, _put, _replace_value, _letter, _bomb,
        ]  # fmt: skip
        randomness.choices(accidents, weights=[4, 4, 4, 4, 6, 8, 4, 1])[0](lines, randomness)
    return "\n".join(lines)


def _at(lines: list[str], randomness: random.Random) -> int:
    return randomness.randrange(len(lines)) if lines else 0


def _cut(lines: list[str], randomness: random.Random) -> None:
    start = _at(lines, randomness)
    del lines[start : start + randomness.choice([1, 1, 3, 20])]


def _double(lines: list[str], randomness: random.Random) -> None:
    start, count = _at(lines, randomness), randomness.choice([1, 3, 10])
    lines[start:start] = lines[start : start + count] * randomness.choice([1, 2, 50])


def _swap(lines: list[str], randomness: random.Random) -> None:
    if lines:
        one, other = _at(lines, randomness), _at(lines, randomness)
        lines[one], lines[other] = lines[other], lines[one]


def _indent(lines: list[str], randomness: random.Random) -> None:
    if lines:
        at = _at(lines, randomness)
        lines[at] = randomness.choice([" ", "  ", "\t", " " * 200]) + lines[at]


def _put(lines: list[str], randomness: random.Random) -> None:
    if lines:
        at = _at(lines, randomness)
        column = randomness.randrange(len(lines[at]) + 1)
        lines[at] = lines[at][:column] + randomness.choice(SNIPPETS) + lines[at][column:]


def _replace_value(lines: list[str], randomness: random.Random) -> None:
    keyed = [number for number, line in enumerate(lines) if ": " in line]
    if keyed:
        at = randomness.choice(keyed)
        lines[at] = lines[at].partition(": ")[0] + ": " + randomness.choice(SNIPPETS)


def _letter(lines: list[str], randomness: random.Random) -> None:
    if lines:
        at = _at(lines, randomness)
        column = randomness.randrange(len(lines[at]) + 1)
        letter = chr(randomness.choice([*range(1, 256), 0xD7FF, 0xFFFE, 0x10FFFF]))
        lines[at] = lines[at][:column] + letter + lines[at][column + 1 :]


def _bomb(lines: list[str], _randomness: random.Random) -> None:
    lines[:0] = BOMB.split("\n")


@dataclass
class Tally:
    """How the inputs ended, and the longest time that one took."""

    inputs: int = 0
    refused: int = 0
    longest: float = 0.0

    def read(self, text: str, name: str) -> None:
        """Read one input.

        Raises:
            Exception: any exception other than `InvalidRecipeError`; a note contains the input.
        """
        begun = time.monotonic()
        try:
            problems = _problems(text)
        except Exception as error:
            error.add_note(f"{name}:\n{text[:4000]}")
            raise
        self.inputs += 1
        self.refused += bool(problems)
        assert all(problem.at.line >= 1 and problem.at.column >= 1 for problem in problems)
        self.longest = max(self.longest, time.monotonic() - begun)


def structures() -> st.SearchStrategy[str]:
    """Texts of recipes: known keys in random positions with random values."""
    schema = json.loads(bundled_files.schema("recipe.schema.json").read_text(encoding="utf-8"))
    words = sorted(_words(schema))
    keys = st.sampled_from(words) | st.text(max_size=8)
    values = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=20)
        | st.sampled_from([*words, *(snippet for snippet in SNIPPETS if len(snippet) < 100)])
    )
    trees = st.recursive(
        values, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5), max_leaves=30
    )
    tops = st.dictionaries(st.sampled_from(sorted(schema["properties"])), trees, max_size=6)
    return tops.map(lambda top: json.dumps({"schema_version": 1, "name": "fuzz", **top}, indent=1, ensure_ascii=False))


def _words(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        yield from (word for word in schema.get("enum", ()) if isinstance(word, str))
        for value in schema.values():
            yield from _words(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _words(value)


def fuzz(seed_: int, count: int) -> dict[str, object]:
    """Read many inputs; how they ended, and the longest time and the most memory that they took."""
    randomness = random.Random(seed_)  # noqa: S311 - equal seeds must give equal recipes
    written = originals()
    tally = Tally()
    for number in range(count // 2):
        tally.read(mutated(randomness.choice(written), randomness), f"input {number} of seed {seed_}")

    @seed(seed_)
    @settings(
        max_examples=count - count // 2,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(structures())
    def read(text: str) -> None:
        tally.read(text, f"a structure of seed {seed_}")

    read()
    return {
        "what": "mutated recipes and random structures",
        "seed": seed_,
        "inputs": tally.inputs,
        "read": tally.inputs - tally.refused,
        "refused with a position": tally.refused,
        "longest seconds": round(tally.longest, 3),
        "peak MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _problems(text: str) -> tuple[Problem, ...]:
    try:
        parse_recipe(text, file="fuzz.yaml", folder=Path())
    except InvalidRecipeError as error:
        return error.problems
    return ()


def main() -> int:
    """Print the figures of one run; 1 if one input took more than 2 seconds, or all of them more than 300 MiB."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10_000)
    options = parser.parse_args()
    figures = fuzz(options.seed, options.count)
    print(json.dumps(figures))
    return 1 if float(str(figures["longest seconds"])) > 2 or int(str(figures["peak MiB"])) > 300 else 0


if __name__ == "__main__":
    raise SystemExit(main())
