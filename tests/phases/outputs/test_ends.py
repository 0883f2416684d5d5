"""The ends of what a task wrote, in a message."""

from __future__ import annotations

from recipebatch.phases.outputs.ends import ends_text, indented, read_end
from recipebatch.runs import OUTPUT_BYTES


def test_the_end_of_stderr_is_quoted_and_that_of_stdout_where_it_is_empty() -> None:
    assert ends_text("out", "one\ntwo") == "\n    | one\n    | two"
    assert ends_text("out", "") == "\n    its stderr is empty; the end of its stdout:\n    | out"
    assert ends_text("", "") == ""


def test_a_quotation_has_no_control_characters() -> None:
    assert indented("a\tb\r\nc\x1b[1m") == "    | a\tb\n    | c\\x1b[1m"


def test_no_more_is_kept_than_the_last_8_kib() -> None:
    assert read_end(lambda size: ("a" * 20_000)[-size:]) == "a" * OUTPUT_BYTES
