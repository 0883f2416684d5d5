import pytest

from recipebatch.text.globs import matches


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
