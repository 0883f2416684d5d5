"""Logistic growth, year by year: `growth.py START RATE CAPACITY YEARS NAME`; a CSV with a header is on stdout."""

from __future__ import annotations

import csv
import sys


def sizes(start: float, rate: float, capacity: float, years: int) -> list[float]:
    """The size of a population at the start and after each year."""
    found = [start]
    for _ in range(years):
        found.append(found[-1] + rate * found[-1] * (1 - found[-1] / capacity))
    return found


def main(arguments: list[str]) -> int:
    """Print the growth of one population."""
    if len(arguments) != 5:  # noqa: PLR2004 - as many as the docstring names
        print(__doc__, file=sys.stderr)
        return 2
    start, rate, capacity, years, name = arguments
    sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("name", "year", "size"))
    for year, size in enumerate(sizes(float(start), float(rate), float(capacity), int(years))):
        table.writerow((name, year, f"{size:.3f}"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
