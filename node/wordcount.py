"""Counts words, and merges counts: `wordcount.py count FILE`, `wordcount.py merge COUNTS...`; prints to stdout.

Each line is a word, a tab and its count; lines are sorted by word.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path


def count(text: Path) -> Counter[str]:
    """The count of each word in a file; words are separated by white space and converted to lower case."""
    with text.open(encoding="utf-8") as lines:
        return Counter(word for line in lines for word in line.lower().split())


def merge(counts: list[Path]) -> Counter[str]:
    """The sum of several counts."""
    total: Counter[str] = Counter()
    for path in counts:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                word, _, number = line.rstrip("\n").rpartition("\t")
                total[word] += int(number)
    return total


def main(arguments: list[str]) -> int:
    """Run the command."""
    if len(arguments) == 2 and arguments[0] == "count":  # noqa: PLR2004 - the verb and one file
        found = count(Path(arguments[1]))
    elif len(arguments) > 1 and arguments[0] == "merge":
        found = merge([Path(name) for name in arguments[1:]])
    else:
        print(__doc__, file=sys.stderr)
        return 2
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for word in sorted(found):
        print(f"{word}\t{found[word]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
