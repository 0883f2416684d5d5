from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipebatch.vocabulary.durations import (
    NO_LIMIT,
    TICKS_PER_SECOND,
    age,
    format_ticks,
    limit_text,
    longest_text,
    option_duration,
    parse_ticks,
    parse_timedelta,
    short_duration,
    span,
)


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
    assert format_ticks(parse_ticks(text)) == normal


@pytest.mark.parametrize("text", ["", "P", "PT", "1H", "PT1", "P1H", "PT1S ", "P1DT", "soon", "PT1.S"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_ticks(text)


def test_an_hour_is_so_many_ticks() -> None:
    assert parse_ticks("PT1H") == 3600 * TICKS_PER_SECOND


@given(st.integers(-NO_LIMIT, NO_LIMIT))
def test_what_is_written_is_read_again(ticks: int) -> None:
    assert parse_ticks(format_ticks(ticks)) == ticks


def test_a_time_for_a_person_has_days_hours_and_minutes() -> None:
    assert span(timedelta(days=1, hours=2, minutes=1, seconds=9)) == "1 day 2 hours 1 minute"
    assert span(timedelta(minutes=90)) == "1 hour 30 minutes"
    assert span(timedelta(seconds=59)) == "less than a minute"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT1H", 3600), ("PT1H30M", 5400), ("P1D", 86400), ("P1DT2H", 93600), ("P2W", 1209600), ("PT0.5S", 0.5),
        ("pt15m", 900), ("PT01H00M00S", 3600),
        ("10m", 600), ("1h30m", 5400), ("45s", 45), ("2d", 172800), ("1w", 604800), ("1h 30m", 5400), ("1.5h", 5400),
    ],
)  # fmt: skip
def test_a_duration_is_read_as_people_and_iso_write_it(text: str, seconds: float) -> None:
    assert parse_timedelta(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "1", "h", "soon", "P1Y", "P1M", "30m1h", "-5m", "PT1H30", "\u0661m", "1mm"]
)
def test_a_text_that_is_no_duration_of_a_recipe_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration such as PT1H30M or 1h30m"):
        parse_timedelta(text)


def test_a_duration_beyond_all_time_is_the_longest_there_is() -> None:
    assert parse_timedelta("9" * 18 + "w") == timedelta.max


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20s", 20),
        ("PT1H", 3600),
        ("1h30m", 5400),
        ("90", 90),
        ("0.5", 0.5),
        ("0", 0),
        ("3650d", 315_360_000),
    ],
)
def test_an_option_takes_the_forms_of_a_recipe_and_seconds(text: str, seconds: float) -> None:
    assert option_duration(text) == timedelta(seconds=seconds)


def test_a_number_alone_may_count_in_another_unit() -> None:
    assert option_duration("1.5", timedelta(minutes=1)) == timedelta(seconds=90)
    assert option_duration("90s", timedelta(minutes=1)) == timedelta(seconds=90)


@pytest.mark.parametrize("text", ["99999999h", "999999999", "P10675199DT2H48M5.4775807S", "9" * 17, "9" * 18 + "w"])
def test_an_option_beyond_the_calendar_is_refused_with_the_longest(text: str) -> None:
    with pytest.raises(ValueError, match="must be at most 3650 days"):
        option_duration(text)
    assert longest_text(timedelta(minutes=15)) == "15 minutes"


@pytest.mark.parametrize("text", ["inf", "-1", "soon", "", "1e9", "nan"])
def test_an_option_that_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        option_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(24.999993, "25 s"), (60, "1 minute"), (90, "90 s"), (1800, "30 minutes"), (3600.2, "1 hour"), (5001, "5,001 s")],
)
def test_a_limit_is_told_in_whole_minutes_or_in_seconds(seconds: float, text: str) -> None:
    assert limit_text(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("seconds", "old", "long"),
    [
        (0, "0s", "0.0s"),
        (-1, "0s", "0.0s"),
        (0.26, "0s", "0.3s"),
        (9.96, "9s", "10s"),
        (59.7, "59s", "1m00s"),
        (200, "3m", "3m20s"),
        (3600, "1h", "1h00m"),
        (7500, "2h", "2h05m"),
        (90_000, "1d", "1d01h"),
    ],
)
def test_tables_have_short_times(seconds: float, old: str, long: str) -> None:
    time = timedelta(seconds=seconds)
    assert (age(time), short_duration(time)) == (old, long)
