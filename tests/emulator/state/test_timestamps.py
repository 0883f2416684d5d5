from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipebatch.emulator.state.timestamps import (
    etag,
    format_instant,
    from_datetime,
    http_date,
    parse_instant,
    to_datetime,
)


def test_an_etag_is_the_ticks_of_the_moment_as_recorded() -> None:
    assert etag(parse_instant("2026-01-22T21:43:18.7832341Z")) == "0x8DE59FF41C02215"
    assert etag(parse_instant("2025-09-04T20:53:31.699593Z")) == "0x8DDEBF51B7A575A"


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("2025-09-04T20:53:31.6995930Z", "2025-09-04T20:53:31.699593Z"),
        ("2025-09-04T20:53:31", "2025-09-04T20:53:31Z"),
        ("2025-09-04 20:53Z", "2025-09-04T20:53:00Z"),
        ("2025-09-04", "2025-09-04T00:00:00Z"),
        ("2025-09-04T22:53:31+02:00", "2025-09-04T20:53:31Z"),
        ("2025-09-04T20:53:31.12345678Z", "2025-09-04T20:53:31.1234567Z"),
        ("Thu, 04 Sep 2025 20:53:31 GMT", "2025-09-04T20:53:31Z"),
    ],
)
def test_a_moment_has_one_normal_form(text: str, normal: str) -> None:
    assert format_instant(parse_instant(text)) == normal


def test_a_time_out_of_range_is_written_as_the_nearest_one() -> None:
    assert format_instant(-1) == "0001-01-01T00:00:00Z"
    assert format_instant(2**63) == "9999-12-31T23:59:59.9999999Z"
    assert http_date(2**63) == "Fri, 31 Dec 9999 23:59:59 GMT"


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "٢٠٢٥-09-04",
        "1" * 65,
        "",
        "soon",
        "2025-13-01",
        "2025-09-04T25:00:00Z",
        "Thu, 99 Foo 2025",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|month|hour"):
        parse_instant(text)


def test_an_http_date_cuts_the_fraction_off() -> None:
    assert http_date(parse_instant("2026-01-22T21:43:18.9999999Z")) == "Thu, 22 Jan 2026 21:43:18 GMT"


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1)))  # noqa: DTZ001
def test_a_moment_in_microseconds_is_kept(moment: datetime) -> None:
    ticks = from_datetime(moment)
    assert to_datetime(ticks) == moment.replace(tzinfo=UTC)
    assert parse_instant(format_instant(ticks)) == ticks
