from datetime import timedelta

import pytest

from recipebatch.text.human_durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT1H", 3600), ("PT1H30M", 5400), ("P1D", 86400), ("P1DT2H", 93600), ("P2W", 1209600), ("PT0.5S", 0.5),
        ("pt15m", 900), ("PT01H00M00S", 3600),
        ("10m", 600), ("1h30m", 5400), ("45s", 45), ("2d", 172800), ("1w", 604800), ("1h 30m", 5400), ("1.5h", 5400),
    ],
)  # fmt: skip
def test_a_duration_is_read_as_people_and_iso_write_it(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "1", "h", "soon", "P1Y", "P1M", "30m1h", "-5m", "PT1H30", "\u0661m", "1mm"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration such as PT1H30M or 1h30m"):
        parse_duration(text)


def test_a_duration_beyond_all_time_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than a duration can be"):
        parse_duration("999999999w")
