"""Compresses long lists of items that differ only in a number."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

_LEAST = 20
_EACH = "each"
_NUMBERS = "numbers"
_VOLATILE = (
    (re.compile(r'"0x[0-9A-F]{15}"'), '"0x8D7E09A89D65B8F"'),
    (re.compile(r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z"'), '"2020-04-14T17:37:43.8326671Z"'),
)
"""ETags and times, of which comparisons check only the format."""


def packed(value: Any) -> Any:
    """The value with long lists compressed; their order is lost."""
    if isinstance(value, dict):
        return {name: packed(inner) for name, inner in value.items()}
    if not isinstance(value, list):
        return value
    groups: dict[str, list[int]] = defaultdict(list)
    alone = []
    for item in value:
        number = _number(item)
        form = None if number is None else _form(item, number)
        if form is None or number is None:
            alone.append(item)
        else:
            groups[form].append(number)
    short = [
        {_EACH: json.loads(form), _NUMBERS: _ranges(sorted(numbers))}
        for form, numbers in groups.items()
        if len(numbers) >= _LEAST
    ]
    if not short:
        return [packed(item) for item in value]
    rare = [form for form, numbers in groups.items() if len(numbers) < _LEAST]
    return short + [_filled(json.loads(form), number) for form in rare for number in groups[form]] + alone


def unpacked(value: Any) -> Any:
    """The value with its lists expanded."""
    if isinstance(value, dict):
        return {name: unpacked(inner) for name, inner in value.items()}
    if not isinstance(value, list):
        return value
    found = []
    for item in value:
        if isinstance(item, dict) and item.keys() == {_EACH, _NUMBERS}:
            numbers = (number for first, last in item[_NUMBERS] for number in range(first, last + 1))
            found += [_filled(item[_EACH], number) for number in numbers]
        else:
            found.append(unpacked(item))
    return found


def _ranges(numbers: list[int]) -> list[list[int]]:
    """First and last of every run of numbers."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def _number(item: Any) -> int | None:
    """What the item's name ends in."""
    if not isinstance(item, dict):
        return None
    name = next((item[key] for key in ("id", "taskId", "filePath") if key in item), None)
    match = re.search(r"(?<!\d)(0|[1-9]\d*)$", name) if isinstance(name, str) else None
    return None if match is None else int(match[1])


def _form(item: Any, number: int) -> str | None:
    """The item with `{n}` for its number; None if it cannot be made from that again."""
    text = json.dumps(item)
    for pattern, constant in _VOLATILE:
        text = pattern.sub(constant, text)
    form = re.sub(rf"(?:(?<=[a-z])|(?<=[a-z] )){number}(?!\d)", "{n}", text)
    return form if "{n}" not in text and json.dumps(_filled(json.loads(form), number)) == text else None


def _filled(form: Any, number: int) -> Any:
    return json.loads(json.dumps(form).replace("{n}", str(number)))
