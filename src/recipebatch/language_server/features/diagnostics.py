"""Problems → diagnostics: the part of the text that each is about, and what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.language_server.source.expressions import expression_spans
from recipebatch.language_server.source.positions import Span
from recipebatch.language_server.source.tree import token_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.errors import Problem
    from recipebatch.language_server.source.positions import Text

_LAST_WORD = re.compile(r"([A-Za-z_][\w-]*)\Z")


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem of a file.

    Attributes:
        span: what it is about; at least one character, unless the file is empty.
        message: with the hint below it.
        hint: alone, for a quick fix.
        severity: `error`, `warning` or `note`.
    """

    span: Span
    code: str
    message: str
    hint: str | None
    severity: str

    @property
    def is_unused(self) -> bool:
        """Whether it says that something is not needed, so that an editor fades it."""
        return self.code.startswith("unused-")


def diagnostics(problems: Iterable[Problem], file: str, text: Text) -> tuple[Diagnostic, ...]:
    """The problems of one file, in the order of the text."""
    found = {_diagnostic(problem, text): None for problem in problems if problem.at.file == file}
    return tuple(sorted(found, key=lambda each: (each.span, each.code, each.message)))


def elsewhere(problems: Iterable[Problem], files: frozenset[str], text: Text) -> tuple[Diagnostic, ...]:
    """The problems of files that are not open, at the place of the text that names the file, or else at its begin."""
    found = []
    for problem in problems:
        if problem.at.file in files:
            name = problem.at.file.rpartition("/")[2].removeprefix("builtin:")
            start = text.text.find(name)
            span = Span(start, start + len(name)) if start >= 0 else Span(0, min(1, len(text.text)))
            message = f"{problem.at}: {problem.message}"
            found.append(Diagnostic(span, problem.code, message, problem.hint, problem.severity))
    return tuple(dict.fromkeys(found))


def _diagnostic(problem: Problem, text: Text) -> Diagnostic:
    start = text.offset_of_source(problem.at)
    span = _narrowed(problem.message, token_at(text.text, start), text)
    if span.start == span.end and span.start == len(text.text) and span.start > 0:
        span = Span(span.start - 1, span.end)  # at the end of the file there is nothing to underline
    message = problem.message if problem.hint is None else f"{problem.message}\nhint: {problem.hint}"
    return Diagnostic(span, problem.code, message, problem.hint, problem.severity)


def _narrowed(message: str, span: Span, text: Text) -> Span:
    """The word in an expression of a value that a message ends with, where it is there; else the first line."""
    word = _LAST_WORD.search(message.removesuffix(" is not available here"))
    if word is not None:
        for inside in expression_spans(text.text, span):
            found = re.compile(rf"(?<![\w-]){re.escape(word[1])}(?![\w-])").search(text.text, inside.start, inside.end)
            if found is not None:
                return Span(found.start(), found.end())
    first = text.text.find("\n", span.start, span.end)
    return span if first < 0 else Span(span.start, max(first, span.start + 1))
