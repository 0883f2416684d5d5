"""Rows of a table (CSV, TSV, JSON lines) → items of a loop."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import TYPE_CHECKING

from recipebatch.errors import fail_at
from recipebatch.properties.value_types import format_value, scalar_text
from recipebatch.properties.written_scalars import as_written, boolean_from, number_from
from recipebatch.recipe.model import ForRows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.inputs import LocalInputs
    from recipebatch.recipe.model import ForEach

MAX_ROWS = 1_000_000
"""Rows of a table: as many as a template may have tasks."""

MAX_VALUES = 5_000_000
"""Values of a table: five in each row of the longest one."""


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
        fail_at(at, f"{file}: {error}", "invalid-table", getattr(error, "hint", None))
    if not found:
        message = f"for_each of the task template {template} produces no tasks: {file} has no rows"
        fail_at(at, message, "empty-for-each")
    if len(found) > MAX_ROWS:
        fail_at(at, f"{file} has {len(found):,} rows; at most {MAX_ROWS:,} are allowed", "too-many-tasks")
    return found


def _table_rows(text: str, delimiter: str) -> Iterator[tuple[int, dict[str, object]]]:
    """Rows with their lines. A row without any value is none, as a spreadsheet writes rows that are empty."""
    rows = _read_rows(text, delimiter)
    line, header = next(rows, (1, []))
    while header and not header[-1].strip():
        header.pop()
    if len(set(header)) < len(header):
        repeated = next(name for name, count in Counter(header).items() if count > 1)
        raise ValueError(f"line {line} has two columns {repeated[:40]!r}")
    if delimiter == "," and len(header) == 1 and (other := next((each for each in ";\t" if each in header[0]), None)):
        raise _WrongDelimiterError(f"line {line} has one column, {header[0][:40]!r}", other)
    for number, values in rows:
        unnamed = values[len(header) :]
        if any(value.strip() for value in unnamed) or len(values) < len(header):
            raise ValueError(f"line {number} has {len(values)} values, its header {len(header)}")
        yield number, dict(zip(header, values, strict=False))


def _read_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The values of each row that has some, with the line in which it ends.

    Raises:
        ValueError: quotes are not right; with the line.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        first = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            raise ValueError(_in_words(error, first, reader.line_num)) from None
        if values is None:
            return
        if len(values) == 1 or any(value.strip() for value in values):
            yield reader.line_num, values


def _in_words(error: csv.Error, first: int, line: int) -> str:
    begun = f", in the row that begins in line {first}" if first != line else ""
    if "unexpected end of data" in str(error):
        return f"a value that begins with a quote in line {first} does not end"
    if "expected after" in str(error):
        return f"line {line}{begun}: text follows the closing quote of a value; write two quotes for one in a value"
    return f"line {line}{begun}: {error}"


class _WrongDelimiterError(ValueError):
    """A table has other separators than its format says."""

    def __init__(self, message: str, delimiter: str) -> None:
        super().__init__(message)
        self.hint = "its values seem to be separated by " + (
            "tabs: add `format: tsv`"
            if delimiter == "\t"
            else "semicolons: save it with commas, or as tab-separated text"
        )


def _json_rows(text: str) -> Iterator[tuple[int, dict[str, object]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=_refused_constant, parse_float=_finite, parse_int=_spelled)
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
        try:
            row[column] = _of_type(kind, value)
        except (ValueError, KeyError):
            shown = format_value(value)[:40]
            raise ValueError(f"line {line}, column {column!r}: {shown} is not of type {kind}") from None
    return row


def _of_type(kind: str, value: object) -> object:
    """The value of a column as a type: a text of any table, or what JSON already has as one."""
    if isinstance(value, str):
        if kind == "boolean":
            return boolean_from(value)
        return number_from(value, integer=kind == "integer") if kind in {"integer", "number"} else value
    if kind == "string":
        return scalar_text(value)
    fits = {
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, (int, float)) and not isinstance(value, bool),
        "boolean": isinstance(value, bool),
    }
    if not fits[kind]:
        raise ValueError(kind)
    return value


def _values_at_most(text: str, kind: str) -> int:
    """How many values a table has at most, counted without making them."""
    if kind == "jsonl":
        return text.count(",") + text.count("[") + text.count("{")
    return text.count("\t" if kind == "tsv" else ",") + text.count("\n")


def _refused_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number that can be used")


def _finite(text: str) -> float:
    number = float(text)
    return as_written(number, text) if number - number == 0 else _refused_constant(text[:40])


def _spelled(text: str) -> float:
    return as_written(int(text), text)
