"""Positions as editors count them: UTF-16 units, and lines that end in LF, CRLF or CR."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipebatch.errors import SourcePosition
from recipebatch.language_server.source.positions import Point, Text

EMOJI = "a: 😀 b\r\nc: é\rd\n"


def test_a_character_beyond_16_bits_is_two_units() -> None:
    text = Text(EMOJI)
    assert text.point(EMOJI.index("b")) == Point(0, 6)
    assert text.offset(Point(0, 6)) == EMOJI.index("b")


def test_a_position_in_the_middle_of_a_character_is_before_it() -> None:
    assert Text(EMOJI).offset(Point(0, 4)) == EMOJI.index("😀")


def test_lines_end_in_any_of_three_ways() -> None:
    assert Text(EMOJI).lines == ("a: 😀 b", "c: é", "d", "")
    assert Text(EMOJI).point(EMOJI.index("d")) == Point(2, 0)


@pytest.mark.parametrize(("point", "offset"), [(Point(0, 99), 6), (Point(99, 0), len(EMOJI)), (Point(1, -5), 8)])
def test_a_position_that_is_not_there_is_the_nearest_one(point: Point, offset: int) -> None:
    assert Text(EMOJI).offset(point) == offset


def test_yaml_has_line_ends_that_editors_do_not_have() -> None:
    text = Text("a: x\u2028b: y\n")
    offset = text.offset_of_source(SourcePosition("r.yaml", 2, 1))
    assert text.text[offset] == "b"
    assert text.point(offset) == Point(0, 5)


@given(st.text(alphabet="a😀é\r\n ", max_size=30), st.integers(0, 30))
def test_an_offset_is_found_again_by_its_position(written: str, offset: int) -> None:
    text = Text(written)
    offset = min(offset, len(written))
    if written[max(0, offset - 1) : offset + 1] != "\r\n":
        assert text.offset(text.point(offset)) == offset


@given(st.text("a😀\r\n", max_size=20), st.integers(0, 20), st.integers(0, 20), st.text("b\n", max_size=3))
def test_a_change_replaces_what_is_between_two_positions(written: str, one: int, other: int, new: str) -> None:
    text = Text(written)
    start, end = sorted((min(one, len(written)), min(other, len(written))))
    first, last = text.point(start), text.point(end)
    expected = written[: text.offset(first)] + new + written[text.offset(last) :]
    assert text.changed(first, last, new).text == expected
