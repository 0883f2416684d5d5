"""Reads the explanation of a code from `codes/SUBJECT/CODE.md`.

The files are Markdown, so that they can be read and searched without the program: a title (the code), an optional line
`Severity: warning`, and the sections Meaning, Cause, Fix and either Wrong and Right or Snippet, whose text is fenced.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from recipebatch.explain.model import Example, Explanation

# In the order of a recipe's way: its file, its composition, its values, its sections, then lint, then its runs.
SUBJECTS = ("documents", "composition", "values", "storage", "pools", "jobs", "tasks", "lint", "runs")

_CODES = Path(__file__).parent / "codes"
_SECTION = re.compile(r"^## (.+)\n\n((?s:.*?))(?=^## |\Z)", re.MULTILINE)
_FENCED = re.compile(r"```\w+\n((?s:.*))```\n*")
_SEVERITY = re.compile(r"^Severity: (\w+)$", re.MULTILINE)


@cache
def codes_of(subject: str) -> tuple[str, ...]:
    """The codes of one subject, sorted; reads no file."""
    return tuple(sorted(path.stem for path in (_CODES / subject).glob("*.md")))


@cache
def read(subject: str, code: str) -> Explanation:
    """The explanation in one file."""
    text = (_CODES / subject / f"{code}.md").read_text(encoding="utf-8")
    sections = dict(_SECTION.findall(text))
    severity = _SEVERITY.search(text.partition("## ")[0])
    return Explanation(
        code=code,
        meaning=_paragraph(sections["Meaning"]),
        cause=_paragraph(sections["Cause"]),
        fix=_paragraph(sections["Fix"]),
        example=Example(_fenced(sections["Wrong"]), _fenced(sections["Right"])) if "Wrong" in sections else None,
        snippet=_fenced(sections["Snippet"]).rstrip("\n") if "Snippet" in sections else None,
        severity=severity[1] if severity else "error",
    )


def _paragraph(section: str) -> str:
    return " ".join(section.split())


def _fenced(section: str) -> str:
    found = _FENCED.fullmatch(section)
    if found is None:
        raise ValueError(f"not a fenced block: {section!r}")
    return found[1]
