"""Problems of recipes, errors, test results and explanations, as text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from recipebatch.cli.render import block, indented, quoted
from recipebatch.cli.render.source_lines import source_lines
from recipebatch.errors import InvalidRecipeError, Problem, RecipeBatchError
from recipebatch.text.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.explain import Explanation
    from recipebatch.recipe_tests import CasesReport

_MOST = 10
"""Problems of one kind that are shown."""

_MOST_LINES = 100
"""Lines of one difference that are shown."""

_LONGEST = 1000
"""Characters of one message that are shown."""

_ABOUT_SECRETS = frozenset({"secret-in-recipe", "secret-by-name"})
"""Codes whose lines are not shown."""

_SEVERITIES = ("error", "warning", "note")


def error_text(failure: RecipeBatchError) -> str:
    """`file:line:column: error: … [code]`, the hint on a line of its own; every problem of an invalid recipe."""
    if isinstance(failure, InvalidRecipeError):
        return problems_text(failure.problems)
    where = one_line(f"{failure.at}: ") if failure.at is not None else ""
    notes = "".join(f"\n  {quoted(note)}" for note in getattr(failure, "__notes__", ()))
    return f"{where}error: {quoted(failure.message)} [{failure.code}]{_hint(failure.hint)}{notes}"


def problems_text(found: Sequence[Problem]) -> str:
    """The first problems of each kind with their positions, and how many there are, if more than one."""
    kinds = Counter((problem.code, problem.severity) for problem in found)
    seen: Counter[tuple[str, str]] = Counter()
    lines: list[str] = []
    for problem in found:
        kind = (problem.code, problem.severity)
        seen[kind] += 1
        if seen[kind] <= _MOST:
            lines.append(_problem(problem))
    more = ((code, count - _MOST) for (code, _), count in kinds.items() if count > _MOST)
    lines += [f"… and {count:,} more of this kind [{code}]" for code, count in more]
    if len(found) > 1:
        counts = Counter(problem.severity for problem in found)
        words = [f"{counts[kind]:,} {kind}{'s' * (counts[kind] > 1)}" for kind in _SEVERITIES if counts[kind]]
        lines.append(", ".join(words))
    return "\n".join(lines)


def _problem(problem: Problem) -> str:
    where = one_line(f"{problem.at}: {problem.severity}: ")
    shown = "".join(f"\n{line}" for line in source_lines(problem.at)) if problem.code not in _ABOUT_SECRETS else ""
    return f"{where}{quoted(_short(problem.message))} [{problem.code}]{shown}{_hint(problem.hint)}"


def _hint(hint: str | None) -> str:
    return f"\n  hint: {quoted(_short(hint))}" if hint else ""


def _short(text: str) -> str:
    """The beginning of a text that quotes much of a recipe."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


def test_results_text(report: CasesReport) -> str:
    """The cases that failed, with what differs, and the golden files that were written; then how many of each."""
    lines: list[str] = []
    for case in report.cases:
        if case.updated is not None:
            lines.append(f"{case.at}: wrote {case.updated}")
        if not case.passed:
            lines.append(f"{case.at}: failed: {case.name}")
        for failure in case.failures:
            lines += indented(quoted(_short(failure.message)))
            lines += [f"    {_short(line)}" for line in failure.difference[:_MOST_LINES]]
            if len(failure.difference) > _MOST_LINES:
                lines.append(f"    … and {len(failure.difference) - _MOST_LINES:,} more lines")
    passed = len(report.cases) - report.failed
    lines.append(f"{passed} passed" + (f", {report.failed} failed" if report.failed else ""))
    return block(lines)


def explanation_text(entry: Explanation) -> str:
    """What one code means: meaning, cause, fix and an example."""
    lines = [f"{entry.code} ({entry.severity}): {entry.meaning}.", "", entry.cause, "", entry.fix]
    if entry.example is not None:
        lines += ["", "wrong:", *indented(entry.example.wrong), "", "right:", *indented(entry.example.right)]
    if entry.snippet is not None:
        lines += ["", "for example:", *indented(entry.snippet)]
    return "\n".join(lines)


def explanations_text(entries: Sequence[Explanation]) -> str:
    """All codes, one line each."""
    width = max(len(entry.code) for entry in entries)
    return "\n".join(f"{entry.code.ljust(width)}  {entry.meaning}" for entry in sorted(entries, key=lambda it: it.code))
