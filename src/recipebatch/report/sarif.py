"""Problems as SARIF 2.1.0, which code review and editors read.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from recipebatch import explain
from recipebatch._version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.errors import Problem

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(problems: Sequence[Problem]) -> dict[str, Any]:
    """One run of recipebatch with a result for each problem, and the rules that they break."""
    codes = list(dict.fromkeys(problem.code for problem in problems))
    driver = {
        "name": "recipebatch",
        "version": __version__,
        "rules": [_rule(code) for code in codes],
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                # The columns of YAML marks, as those of Python, count characters.
                "columnKind": "unicodeCodePoints",
                "invocations": [{"executionSuccessful": True}],
                "results": [_result(problem, codes.index(problem.code)) for problem in problems],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    entry = explain.explanation(code)
    if entry is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": entry.meaning},
        "fullDescription": {"text": entry.cause},
        "help": {"text": entry.fix},
        "defaultConfiguration": {"level": entry.severity},
    }


def _result(problem: Problem, index: int) -> dict[str, Any]:
    hint = f"\nhint: {problem.hint}" if problem.hint else ""
    return {
        "ruleId": problem.code,
        "ruleIndex": index,
        "level": problem.severity,
        "message": {"text": problem.message + hint},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(problem.at.file)},
                    "region": {"startLine": problem.at.line, "startColumn": problem.at.column},
                }
            }
        ],
    }


def _uri(file: str) -> str:
    """The file as a URI reference: relative as it was named, so that a review finds it in its checkout."""
    if file.startswith("builtin:"):
        return file
    path = Path(file)
    if path.is_absolute():
        return path.as_uri()
    return PurePosixPath("/", path.as_posix()).as_uri().removeprefix("file:///")
