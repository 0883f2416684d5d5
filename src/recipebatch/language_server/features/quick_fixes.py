"""Hints of problems → changes of the text that do what the hint says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.language_server.source.expressions import expression_spans
from recipebatch.language_server.source.positions import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.language_server.features.diagnostics import Diagnostic
    from recipebatch.language_server.knowledge import SourceFile
    from recipebatch.language_server.source.positions import Text

_NEAR = re.compile(r"did you mean (\S+)\?")
_OTHER_SPACE = re.compile(r"write ((?:params|secrets|vars)\.(\w+))\Z")
_DURATION = re.compile(r"write a duration with its unit: (\S+), (\S+) or (\S+)\Z")
_QUOTED = re.compile(r"put the whole text in single quotes: ('.*')\Z", re.DOTALL)
_ADDED = re.compile(r"write: ([a-z_]+: \S+)\Z")
_NOTHING_ELSE = re.compile(r"[\[\]{}\s]*(?:#[^\n]*\n?)?\Z")
"""Behind the last value of a key: brackets that end with it, and a comment."""
_VALUE = re.compile(r"[ \t]*:[ \t]+([^\s#][^#\n]*?)(?=[ \t]*(?:#|[,}\]\n]|\Z))")


@dataclass(frozen=True, slots=True)
class QuickFix:
    """A change that an editor offers.

    Attributes:
        edits: parts of the text with what takes their place.
        is_preferred: it is what the hint says, and the only one.
    """

    title: str
    problem: Diagnostic
    edits: tuple[tuple[Span, str], ...]
    is_preferred: bool = True


def quick_fixes(problem: Diagnostic, text: Text, file: SourceFile | None) -> tuple[QuickFix, ...]:
    """What can be done about one problem.

    Args:
        problem: of the text as it is.
        text: the document.
        file: the same, read; None if it could not be read, or has changed since.
    """
    found = tuple(_by_hint(problem, text))
    if file is not None and file.text.text == text.text:
        found += tuple(_removals(problem, file))
    return found + tuple(_ignored(problem, text))


def _by_hint(problem: Diagnostic, text: Text) -> Iterator[QuickFix]:
    hint = problem.hint or ""
    if (near := _NEAR.match(hint)) is not None:
        yield _replaced(problem, _word(problem.span, text), near[1])
    elif (other := _OTHER_SPACE.match(hint)) is not None:
        yield from _other_space(problem, text, other[1], other[2])
    elif (duration := _DURATION.match(hint)) is not None:
        span = _value(problem.span, text)
        for number in range(1, 4):
            yield QuickFix(f"Write {duration[number]}", problem, ((span, duration[number]),), is_preferred=False)
    elif hint == "put it in quotes":
        span = problem.span if problem.code == "key-not-text" else _value(problem.span, text)
        yield _replaced(problem, span, _in_quotes(text.slice(span)))
    elif (quoted := _QUOTED.match(hint)) is not None and "…" not in quoted[1]:
        plain = quoted[1][1:-1].replace("''", "'")
        line = text.line_of(problem.span.start)
        start = text.text.find(plain, text.line_starts[line])
        if start >= 0:
            yield _replaced(problem, Span(start, start + len(plain)), quoted[1])
    elif (added := _ADDED.match(hint)) is not None:
        yield QuickFix(f"Add {added[1]}", problem, ((Span(0, 0), f"{added[1]}\n"),))


def _replaced(problem: Diagnostic, span: Span, new: str) -> QuickFix:
    return QuickFix(f"Replace with {new}", problem, ((span, new),))


def _word(span: Span, text: Text) -> Span:
    """What a problem underlines, without quotes."""
    written = text.slice(span)
    return Span(span.start + 1, span.end - 1) if len(written) > 1 and written[0] in {"'", '"'} else span


def _value(span: Span, text: Text) -> Span:
    """The value behind a key, where a key is underlined; else what is underlined."""
    found = _VALUE.match(text.text, span.end)
    return Span(found.start(1), found.end(1)) if found is not None else span


def _in_quotes(written: str) -> str:
    return "'" + written.replace("'", "''") + "'"


def _other_space(problem: Diagnostic, text: Text, whole: str, name: str) -> Iterator[QuickFix]:
    """`words` → `params.words`, or `params.token` → `secrets.token`, in the expressions that are underlined."""
    line = text.line_of(problem.span.start)
    last = min(line + 1, len(text.lines) - 1)
    window = Span(text.line_starts[line], text.line_starts[last] + len(text.lines[last]))
    written = re.compile(rf"(?<![\w.'\"])(?:(?:params|secrets|vars)\.)?{re.escape(name)}(?!\w)")
    around = Span(min(window.start, problem.span.start), max(window.end, problem.span.end))
    edits = [
        (Span(found.start(), found.end()), whole)
        for span in expression_spans(text.text, around)
        for found in written.finditer(text.text, span.start, span.end)
        if found[0] != whole
    ]
    if edits:
        yield QuickFix(f"Replace with {whole}", problem, tuple(edits))


def _removals(problem: Diagnostic, file: SourceFile) -> Iterator[QuickFix]:
    """Remove what is not used, with its key, if both have lines of their own."""
    if not problem.is_unused:
        return
    text = file.text
    for path, value in file.tree.values.items():
        if value.key is None or problem.span.start not in {value.key.start, value.span.start}:
            continue
        start = text.line_starts[text.line_of(value.key.start)]
        if text.text[start : value.key.start].strip():
            return
        end = text.text.find("\n", file.tree.end(path))
        end = len(text.text) if end < 0 else end + 1
        if _NOTHING_ELSE.match(text.text[file.tree.end(path) : end]) is not None:
            yield QuickFix(f"Remove {path[-1]}", problem, ((Span(start, end), ""),), is_preferred=False)
        return


def _ignored(problem: Diagnostic, text: Text) -> Iterator[QuickFix]:
    """Ignore a rule of lint in the whole file."""
    if problem.severity == "error" or re.search(r"^x-lint:", text.text, re.MULTILINE):
        return
    end = len(text.text)
    line = "" if text.text.endswith("\n") or not text.text else "\n"
    edit = (Span(end, end), f"{line}x-lint: {{ignore: [{problem.code}]}}\n")
    yield QuickFix(f"Ignore {problem.code} in this file", problem, (edit,), is_preferred=False)
