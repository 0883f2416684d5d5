from __future__ import annotations

import pytest

from recipebatch.text.patterns import InvalidPatternError, compile_pattern


def test_the_groups_of_a_pattern_are_in_the_order_in_which_they_are_written() -> None:
    pattern = compile_pattern("(?P<z>[a-z]+)_(?P<a>[0-9]+)?")
    assert pattern.groups == ("z", "a")
    assert pattern.search("in/ab_12.txt") == {"z": "ab", "a": "12"}
    assert pattern.search("in/ab_.txt") == {"z": "ab", "a": ""}
    assert pattern.search("12") is None


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("[a-z]+", "ab", True), ("[a-z]+", "ab1", False), ("^a$", "a", True), ("(?i)AB", "ab", True),
        ("a.c", "a\nc", False), ("(?s)a.c", "a\nc", True), (r"\d{2,3}", "12", True), ("[à-ü]+", "éü", True),
        ("", "", True), ("a|b", "ab", False), ("a.b", "a\udcffb", True), ("\udcff", "\udcff", True),
    ],
)  # fmt: skip
def test_the_whole_text_must_fit(pattern: str, text: str, fits: bool) -> None:  # noqa: FBT001
    assert compile_pattern(pattern).fits(text) is fits


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+$", "a" * 16_000 + "b"),
        ("(a|a)*b", "a" * 16_000),
        ("(?:.*a){40}b", "a" * 16_000),
        ("(x+x+)+y", "x" * 16_000),
        ("(?:.?){80}a{80}c", "a" * 16_000),
    ],
)
def test_a_pattern_that_would_backtrack_takes_linear_time(pattern: str, text: str) -> None:
    assert compile_pattern(f"(?P<all>{pattern})").search(text) is None
    assert not compile_pattern(pattern).fits(text)


@pytest.mark.parametrize(
    ("pattern", "message", "hint"),
    [
        ("(", "missing ): (", "the syntax is that of RE2"),
        ("(?=a)", "invalid perl operator: (?=", "without look-around"),
        (r"(a)\1", r"invalid escape sequence: \1", "without references to groups"),
        (r"a\Z", r"invalid escape sequence: \Z", r"the end of the text is $ or \z"),
        ("(a{1000}){1000}", "it is too large", "smaller numbers of repetitions"),
        (r"[\pL\pN]{900}", "it is too large", "smaller numbers of repetitions"),
        ("(?P<a>x)(?P<a>y)", "two groups are called a", "its own name"),
        ("a" * 1001, "it has 1,001 characters; at most 1,000 are allowed", None),
        ("[" * 500, "missing ]", "RE2"),
    ],
)  # fmt: skip
def test_what_is_no_pattern_is_refused(pattern: str, message: str, hint: str | None) -> None:
    with pytest.raises(InvalidPatternError) as raised:
        compile_pattern(pattern)
    assert message in str(raised.value)
    assert (hint or "") in (raised.value.hint or "")
    assert len(str(raised.value)) < 120


def test_brackets_and_escapes_are_no_names_of_groups() -> None:
    assert compile_pattern(r"(?P<a>x)[(?P<a>]\(\?P<a>").groups == ("a",)
