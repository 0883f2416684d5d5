from __future__ import annotations

import base64
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from recipebatch.runs.kept.columns import packed, text_column, texts, time_column, times, unpacked

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def test_columns_come_back_as_they_were() -> None:
    assert unpacked(packed({"a": [1, None], "b": "ä"})) == {"a": [1, None], "b": "ä"}


def test_a_text_that_occurs_often_is_written_once() -> None:
    column = text_column(["x", "y", "x", None])
    assert column == [["x", "y", None], [0, 1, 0, 2]]
    assert texts(column) == ["x", "y", "x", None]


def test_times_are_steps_and_keep_milliseconds() -> None:
    moments = [NOON, None, NOON + timedelta(milliseconds=1500), NOON]
    column = time_column(moments)
    assert column[1:] == [None, 1500, -1500]
    assert times(column) == moments


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ä",
        "AAAA",
        base64.b64encode(b"{}").decode(),
        base64.b64encode(zlib.compress(b"{")).decode(),
        packed({})[:-8],
    ],
)
def test_what_is_no_column_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of what kind it is tells nobody anything
        unpacked(text)


def test_what_is_too_long_unpacked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recipebatch.runs.kept.columns.MAX_BYTES", 1000)
    assert unpacked(packed({"a": "x" * 900})) == {"a": "x" * 900}
    with pytest.raises(ValueError, match="too long"):
        unpacked(packed({"a": "x" * 2000}))


@pytest.mark.parametrize("column", [[["a", 1], [0]], [["a"], [-1]]])
def test_a_column_of_other_values_is_refused(column: object) -> None:
    with pytest.raises(ValueError, match="a "):
        texts(column)
