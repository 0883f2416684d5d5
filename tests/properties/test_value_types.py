"""Converters: the typed value, or what it must be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from recipebatch.properties import value_types
from recipebatch.vocabulary import ids

if TYPE_CHECKING:
    from recipebatch.properties.value_types import Converter

RESOURCE = "/subscriptions/s/resourceGroups/g/providers/p/x"


@pytest.mark.parametrize(
    ("convert", "value", "expected"),
    [
        (value_types.text, 1, "1"),
        (value_types.text, True, "true"),
        (value_types.some_text, 1.5, "1.5"),
        (value_types.boolean, False, False),
        (value_types.integer(1, 3), 3, 3),
        (value_types.parallel_tasks, -1, -1),
        (value_types.utc_offset, 14, 14.0),
        (value_types.duration(), "1h30m", timedelta(minutes=90)),
        (value_types.rest_duration, "90s", "PT1M30S"),
        (value_types.instant, "2030-01-31T06:00:00", datetime(2030, 1, 31, 6, tzinfo=UTC)),
        (value_types.instant, "2030-01-31T06:00:00+02:00", datetime(2030, 1, 31, 4, tzinfo=UTC)),
        (value_types.enum_value("read_only", none="None"), "read_only", "readonly"),
        (value_types.enum_value("read_only", none="None"), "none", "None"),
        (value_types.at_most(3), "abc", "abc"),
        (value_types.relative_path, "a/b.txt", "a/b.txt"),
        (value_types.folder_below, "a/b", "a/b"),
        (value_types.resource_id, RESOURCE, RESOURCE),
        (value_types.batch_id(ids.task_id), "a-1", "a-1"),
    ],
)
def test_a_value_that_fits_is_converted(convert: Converter[object], value: object, expected: object) -> None:
    assert convert(value) == expected


@pytest.mark.parametrize(
    ("convert", "value", "code", "message"),
    [
        (value_types.text, ["a"], "invalid-recipe", "must be a text, not a list"),
        (value_types.text, "a\0", "invalid-recipe", "must not hold the character U+0000"),
        (value_types.some_text, "", "invalid-recipe", "must not be empty"),
        (value_types.boolean, "yes", "invalid-recipe", 'must be true or false, not "yes"'),
        (value_types.integer(), True, "invalid-recipe", "must be an integer, not true"),
        (value_types.integer(1), 0, "invalid-recipe", "must be at least 1, not 0"),
        (value_types.integer(1, 3), 4, "invalid-recipe", "must be at most 3, not 4"),
        (value_types.parallel_tasks, 0, "invalid-recipe", "must be -1 (no limit) or at least 1, not 0"),
        (value_types.parallel_tasks, 2**31, "invalid-recipe", "must be at most 2147483647, not 2147483648"),
        (value_types.utc_offset, 15, "invalid-recipe", "must be hours from -12 to 14, not 15"),
        (value_types.duration(), 5, "invalid-duration", "must be a duration, not 5"),
        (value_types.duration(), "0s", "invalid-duration", "must be greater than zero"),
        (value_types.duration(timedelta(minutes=5)), "1m", "invalid-duration", "must be at least 5 minutes"),
        (value_types.duration(None, timedelta(days=7)), "P8D", "invalid-duration", "must be at most 7 days"),
        (value_types.duration(None, timedelta(minutes=15)), "1h", "invalid-duration", "must be at most 15 minutes"),
        (value_types.duration(), "10000y", "invalid-duration", 'must be a duration, not "10000y"'),
        (value_types.duration(), "99999999h", "invalid-duration", "must be at most 3650 days"),
        (value_types.duration(), "P3650DT0.1S", "invalid-duration", "must be at most 3650 days"),
        (value_types.duration(), "9" * 18 + "w", "invalid-duration", "must be at most 3650 days"),
        (value_types.rest_duration, "99999999h", "invalid-duration", "must be at most 3650 days"),
        (
            value_types.duration(),
            "P10675199DT2H48M5.4775807S",
            "invalid-duration",
            'must be at most 3650 days; this is how the service writes "no limit"',
        ),
        (
            value_types.instant,
            "9999-12-31T23:59:59-05:00",
            "invalid-time",
            'must be a time in ISO 8601, not "9999-12-31T23:59:59-05:00"',
        ),
        (value_types.instant, "soon", "invalid-time", 'must be a time in ISO 8601, not "soon"'),
        (value_types.enum_value("a", "b"), "c", "invalid-recipe", 'must be a or b, not "c"'),
        (value_types.at_most(3), "abcd", "invalid-recipe", "must have at most 3 characters"),
        (value_types.relative_path, "../a", "invalid-recipe", 'must stay below the working directory, not "../a"'),
        (value_types.relative_path, "C:/a", "invalid-recipe", 'must stay below the working directory, not "C:/a"'),
        (
            value_types.folder_below,
            "/a",
            "into-outside",
            'must be a folder below the one where the command is run, not "/a"',
        ),
        *(
            (value_types.folder_below, into, "into-outside", f'must have no part that begins with a dot, not "{into}"')
            for into in (".ssh", "results/.git/hooks", "./.config")
        ),
        (value_types.resource_id, "mine", "invalid-id", 'must be the id of an Azure resource, not "mine"'),
        (
            value_types.batch_id(ids.task_id),
            "a b",
            "invalid-id",
            'must be 1 to 64 letters, digits, hyphens or underscores, not "a b"',
        ),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_words(
    convert: Converter[object], value: object, code: str, message: str
) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        convert(value)
    assert (value_types.code_of(caught.value), str(caught.value)) == (code, message)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (False, "false"),
        ("a" * 61, '"' + "a" * 57 + '..."'),
        (10**61, "a very long number"),
        ({}, "a mapping"),
        (b"", "such a value"),
    ],
)
def test_a_value_is_named_in_a_message(value: object, text: str) -> None:
    assert value_types.format_value(value) == text
