"""What the scripts of shells are given."""

from __future__ import annotations

import pytest

from recipebatch.cli.completion.complete import FILES
from recipebatch.cli.completion.scripts import printed, words_of
from recipebatch.cli.completion.values import Candidate

FOUND = [Candidate("builtin:topn", "bundled\trecipe"), Candidate("a b/", open=True), Candidate("two\nlines")]


@pytest.mark.parametrize(
    ("shell", "lines"),
    [
        ("bash", ["topn ", "a\\ b/"]),
        ("zsh", ["builtin:topn\tbundled\\trecipe\tclosed", "a b/\t\topen"]),
        ("fish", ["builtin:topn\tbundled\\trecipe", "a b/"]),
    ],
)
def test_each_shell_has_its_form(shell: str, lines: list[str]) -> None:
    # Bash has begun another word after the colon.
    begun = "builtin:"
    found = [FOUND[0], FOUND[2], FOUND[1]] if shell != "bash" else [FOUND[0], FOUND[2]]
    shown = printed(shell, found, begun, ":=")
    assert shown == (lines if shell != "bash" else lines[:1])
    assert printed(shell, FILES, begun) == [":files"]


def test_bash_quotes_what_it_would_read_otherwise() -> None:
    assert printed("bash", [FOUND[1]], "a", ":=") == ["a\\ b/"]
    assert printed("bash", [Candidate("--param=words=", open=True)], "--param=w", "=") == ["words="]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("recipebatch ", ([], "")),
        ("recipebatch app", ([], "app")),
        ("recipebatch apply 'a b.ya", (["apply"], "a b.ya")),
        ('recipebatch apply "a b.yaml" -p ', (["apply", "a b.yaml", "-p"], "")),
        ("recipebatch apply a\\ b", (["apply"], "a b")),
    ],
)
def test_a_line_is_split_as_a_shell_does(line: str, words: tuple[list[str], str]) -> None:
    assert words_of(line) == words
