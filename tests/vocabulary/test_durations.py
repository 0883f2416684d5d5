from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipebatch.vocabulary.durations import NO_LIMIT, TICKS_PER_SECOND, format_duration, parse_duration, span


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("PT01H00M00S", "PT1H"),
        ("PT60M", "PT1H"),
        ("P1D", "P1D"),
        ("PT24H", "P1D"),
        ("P1W", "P7D"),
        ("PT0S", "PT0S"),
        ("PT1.50S", "PT1.5S"),
        ("PT0.0000001S", "PT0.0000001S"),
        ("-PT5M", "-PT5M"),
        ("P3Y6M4DT12H30M5S", "P1279DT12H30M5S"),
        ("P10675199DT2H48M5.4775807S", "P10675199DT2H48M5.4775807S"),
        ("P99999999D", "P10675199DT2H48M5.4775807S"),
    ],
)
def test_a_duration_has_one_normal_form(text: str, normal: str) -> None:
    assert format_duration(parse_duration(text)) == normal


@pytest.mark.parametrize("text", ["", "P", "PT", "1H", "PT1", "P1H", "PT1S ", "P1DT", "soon", "PT1.S"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


def test_an_hour_is_so_many_ticks() -> None:
    assert parse_duration("PT1H") == 3600 * TICKS_PER_SECOND


@given(st.integers(-NO_LIMIT, NO_LIMIT))
def test_what_is_written_is_read_again(ticks: int) -> None:
    assert parse_duration(format_duration(ticks)) == ticks


def test_a_time_for_a_person_has_days_hours_and_minutes() -> None:
    assert span(timedelta(days=1, hours=2, minutes=1, seconds=9)) == "1 day 2 hours 1 minute"
    assert span(timedelta(minutes=90)) == "1 hour 30 minutes"
    assert span(timedelta(seconds=59)) == "less than a minute"
