"""Numbers, durations and moments as people read them."""

from __future__ import annotations

import pytest

from recipebatch.pages.numbers import (
    MISSING,
    moment_iso,
    moment_of,
    moment_text,
    seconds_text,
    share_text,
    whole_seconds_text,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, MISSING),
        (0.0, "0.00 s"),
        (9.99, "9.99 s"),
        (59.94, "59.9 s"),
        (99.97, "1 min 40 s"),
        (185.4, "3 min 05 s"),
        (3599.6, "1 h 00 min"),
        (7440, "2 h 04 min"),
        (90_000, "1 d 01 h"),
    ],
)
def test_a_duration_has_the_digits_that_matter(seconds: float | None, text: str) -> None:
    assert seconds_text(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(None, MISSING), (0, "< 1 s"), (4, "4 s"), (185, "3 min 05 s")])
def test_times_that_are_known_to_the_second_claim_no_more(seconds: float | None, text: str) -> None:
    assert whole_seconds_text(seconds) == text


def test_moments_are_in_utc() -> None:
    moment = moment_of("2026-01-02T04:04:05.678+01:00")
    assert moment_text(moment) == "2026-01-02 03:04:05"
    assert moment_iso(moment) == "2026-01-02T03:04:05.678+00:00"
    assert (moment_text(None), moment_iso(None), moment_of(""), moment_of("soon")) == (MISSING, None, None, None)


@pytest.mark.parametrize(
    ("part", "whole", "text"), [(1, 0, MISSING), (0, 9, "0 %"), (0.01, 9, "< 1 %"), (3, 4, "75 %")]
)
def test_a_share_is_whole_percent(part: float, whole: float, text: str) -> None:
    assert share_text(part, whole) == text
