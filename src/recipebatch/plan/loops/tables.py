"""Rows of a table (CSV, TSV, JSON lines) → items of a loop."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import TYPE_CHECKING

from recipebatch.errors import fail_at
from recipebatch.recipe.model import ForRows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.inputs import LocalInputs
    from recipebatch.recipe.model import ForEach

MAX_ROWS = 1_000_000
"""Rows of a table: as many as a template may have tasks."""

MAX_VALUES = 5_000_000
"""Values of a table: five in each row of the longest one."""

_JSON_NUMBER = {"integer": int, "number": float}


def table_rows(template: str, loop: ForEach, file: str, inputs: LocalInputs) -> list[dict[str, object]]:
    """The rows of the table that a loop is over, as mappings of columns to values.

    Raises:
        InvalidRecipeError: it is no table, has no rows or too many, or a value has another type than the loop says.
    """
    source = loop.source
    assert isinstance(source, ForRows)  # noqa: S101 - of mypy; who calls has chosen it by this
    suffix = file.rpartition(".")[2].lower()
    kind = source.format or {"csv": "csv", "tsv": "tsv", "tab": "tsv", "jsonl": "jsonl", "ndjson": "jsonl"}.get(suffix)
    at = source.file.node.at if source.file.node is not None else loop.at
    if kind is None:
        fail_at(at, f"{file} has an unknown file extension", "unknown-format", "add `format: csv`")
    text = inputs.tables[file]
    if (count := _values_at_most(text, kind)) > MAX_VALUES:
        message = f"{file} has up to {count:,} values; at most {MAX_VALUES:,} are allowed"
        fail_at(at, message, "invalid-table", "leave out columns that the tasks do not need, or use several tables")
    try:
        rows = _json_rows(text) if kind == "jsonl" else _table_rows(text, "\t" if kind == "tsv" else ",")
        types = dict(source.types)
        found = [_typed(line, row, types) for line, row in rows]
    except (ValueError, csv.Error, RecursionError) as error:
        fail_at(at, f"{file}: {error}", "invalid-table")
    if not found:
        message = f"for_each of the task template {template} produces no tasks: {file} has no rows"
        fail_at(at, message, "empty-for-each")
    if len(found) > MAX_ROWS:
        fail_at(at, f"{file} has {len(found):,} rows; at most {MAX_ROWS:,} are allowed", "too-many-tasks")
    return found


def _table_rows(text: str, delimiter: str) -> Iterator[tuple[int, dict[str, object]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = next(reader, [])
    if len(set(header)) < len(header):
        repeated = next(name for name, count in Counter(header).items() if count > 1)
        raise ValueError(f"line 1 has two columns {repeated[:40]!r}")
    for values in reader:
        if not values:
            continue
        if len(values) != len(header):
            raise ValueError(f"line {reader.line_num} has {len(values)} values, its header {len(header)}")
        yield reader.line_num, dict(zip(header, values, strict=True))


def _json_rows(text: str) -> Iterator[tuple[int, dict[str, object]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=_refused_constant, parse_float=_finite)
        except ValueError as error:
            raise ValueError(f"line {number} is not JSON: {error}") from None
        if not isinstance(row, dict):
            raise ValueError(f"line {number} is not a JSON object")  # noqa: TRY004 - of a table, not of ours
        yield number, row


def _typed(line: int, row: dict[str, object], types: dict[str, str]) -> dict[str, object]:
    for column, kind in types.items():
        if column not in row:
            raise ValueError(f"there is no column {column!r}; there are {', '.join(map(repr, list(row)[:20]))}")
        value = row[column]
        if not isinstance(value, str):
            continue
        try:
            if kind == "boolean":
                row[column] = {"true": True, "false": False}[value.strip().lower()]
            elif kind in _JSON_NUMBER:
                row[column] = _JSON_NUMBER[kind](value.strip())
        except (ValueError, KeyError):
            raise ValueError(f"line {line}, column {column!r}: {value[:40]!r} is not of type {kind}") from None
    return row


def _values_at_most(text: str, kind: str) -> int:
    """How many values a table has at most, counted without making them."""
    if kind == "jsonl":
        return text.count(",") + text.count("[") + text.count("{")
    return text.count("\t" if kind == "tsv" else ",") + text.count("\n")


def _refused_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number that can be used")


def _finite(text: str) -> float:
    number = float(text)
    return number if number - number == 0 else _refused_constant(text[:40])
