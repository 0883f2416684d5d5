"""Simulates the price of a European call option, and merges prices; prints a CSV table to stdout.

    montecarlo.py price --strike K --seed N --paths N
    montecarlo.py merge TABLE...

Columns: strike, paths, price, error (the standard error of the price). Merged tables have one row for each strike.
"""

from __future__ import annotations

import argparse
import csv
import math
import random
import sys
from pathlib import Path

SPOT, RATE, VOLATILITY, YEARS = 100.0, 0.03, 0.2, 1.0
COLUMNS = ("strike", "paths", "price", "error")


def price(strike: float, seed: int, paths: int) -> tuple[float, float]:
    """The price and its standard error; geometric Brownian motion, discounted."""
    numbers = random.Random(seed)  # noqa: S311 - a simulation
    drift = (RATE - VOLATILITY**2 / 2) * YEARS
    spread = VOLATILITY * math.sqrt(YEARS)
    discount = math.exp(-RATE * YEARS)
    total = squares = 0.0
    for _ in range(paths):
        end = SPOT * math.exp(drift + spread * numbers.gauss(0, 1))
        gain = discount * max(0.0, end - strike)
        total += gain
        squares += gain * gain
    mean = total / paths
    return mean, math.sqrt(max(0.0, squares / paths - mean * mean) / paths)


def merge(tables: list[Path]) -> list[tuple[float, int, float, float]]:
    """One row for each strike: prices weighted by their paths, errors of independent simulations."""
    rows: dict[float, list[tuple[int, float, float]]] = {}
    for table in tables:
        with table.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                known = rows.setdefault(float(row["strike"]), [])
                known.append((int(row["paths"]), float(row["price"]), float(row["error"])))
    merged = []
    for strike, known in sorted(rows.items()):
        paths = sum(number for number, _, _ in known)
        mean = sum(number * value for number, value, _ in known) / paths
        error = math.sqrt(sum((number * each) ** 2 for number, _, each in known)) / paths
        merged.append((strike, paths, mean, error))
    return merged


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("price")
    one.add_argument("--strike", type=float, required=True)
    one.add_argument("--seed", type=int, required=True)
    one.add_argument("--paths", type=int, required=True)
    verbs.add_parser("merge").add_argument("tables", nargs="+", type=Path)
    options = parser.parse_args()
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(COLUMNS)
    if options.verb == "merge":
        table.writerows(merge(options.tables))
    else:
        table.writerow((options.strike, options.paths, *price(options.strike, options.seed, options.paths)))


if __name__ == "__main__":
    main()
