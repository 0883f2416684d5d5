import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipebatch.text.globs import check, matches, path_matcher
from recipebatch.text.patterns import InvalidPatternError


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*.txt", "a.txt", True), ("*.txt", "b/a.txt", True), ("*.txt", "a.txt.gz", False),
        ("b/*.txt", "b/a.txt", True), ("b/*.txt", "b/c/a.txt", False), ("b/**/*.txt", "b/c/d/a.txt", True),
        ("b/**/*.txt", "b/a.txt", True), ("**", "a/b/c", True), ("a?c", "abc", True), ("a?c", "a/c", False),
        ("[ab].txt", "b.txt", True), ("[!ab].txt", "b.txt", False), ("[!ab].txt", "c.txt", True),
        ("a[", "a[", True), ("a(b)+.txt", "a(b)+.txt", True), ("a\nb*", "a\nbc", True), ("[z-a]", "[z-a]", True),
    ],
)  # fmt: skip
def test_a_pattern_matches_as_in_a_shell(pattern: str, path: str, fits: bool) -> None:  # noqa: FBT001 - a table
    assert matches(path, (pattern,)) is fits


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("a**b*c", "a/x/b-c", True), ("a**b*c", "ab/c", False), ("*_*_*.txt", "a_b_c.txt", True),
        ("**/*a*/*.txt", "x/y/bab/c.txt", True), ("**/*a*/*.txt", "x/y/bcb/c.txt", False),
        ("[^a]b", "cb", True), ("[^a]b", "ab", False), ("[!]", "!", True), ("[+-.]x", ".x", True),
        ("[+-0]x", "/x", False), ("*é?", "añé✓", True), ("*\udcff?*b", "a\udcff.b", True), ("?", "\udcff", True),
    ],
)  # fmt: skip
def test_a_pattern_with_several_stars_or_unusual_characters_matches(pattern: str, path: str, fits: bool) -> None:  # noqa: FBT001
    assert matches(path, (pattern,)) is fits


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 300 + "b", "a" * 1024),
        ("**a" * 100 + "b", "a" * 1024),
        ("**/" + "a*" * 60 + "b", "/".join(["a" * 30] * 33)),
        ("**/*" * 80 + "b", "a/" * 512),
        ("*" + "?" * 300 + "*b", "a" * 1024),
        ("*" + "[ab]" * 200 + "*c", "ab" * 512),
    ],
)
def test_a_pattern_that_would_backtrack_is_matched_in_linear_time(pattern: str, path: str) -> None:
    for number in range(100):
        assert not matches(f"{path}{number}", (pattern,))
        assert not path_matcher(pattern)(f"{path}{number}")


@pytest.mark.parametrize("pattern", ["*" + "a" * 1000, "?" * 1001, "*" + "**/" * 300 + "x", "[!a-c]" * 166 + "*?é"])
def test_a_pattern_that_is_too_large_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidPatternError, match=r"at most 1,000 are allowed|it is too large"):
        check(pattern * 3)


def test_a_path_without_wildcards_may_be_long() -> None:
    check("a" * 5000)
    assert matches("a" * 5000, ("a" * 5000,))


@given(st.text(alphabet="*?[]!-ab/é", max_size=150))
def test_no_short_pattern_is_too_large(pattern: str) -> None:
    check(pattern)
    matches("a/b", (pattern,))
    path_matcher(pattern)
