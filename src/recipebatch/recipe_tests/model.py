"""CaseFile, Case, Expectation: what a `*.test.yaml` says; CaseResult: what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.errors import SourcePosition

Listing = dict[str, tuple[str, ...]]
"""Logical name of a container → the names of its blobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedProblem:
    """One problem; None is any line, any message."""

    code: str
    line: int | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """`expect:`; None is "not looked at".

    Attributes:
        tasks: how many in all, or by job.
        command_lines: by task id: the whole text, or the texts that it must contain.
        depends_on: ids and ranges, as `1..3`, by task id.
        containers: logical name → the blobs that are uploaded.
        problems: exactly these; none means none.
        golden: the file with the whole plan.
    """

    tasks: int | dict[str, int] | None = None
    ids: tuple[str, ...] | None = None
    command_lines: dict[str, str | tuple[str, ...]] | None = None
    environment: dict[str, dict[str, str]] | None = None
    depends_on: dict[str, tuple[str, ...]] | None = None
    containers: Listing | None = None
    problems: tuple[ExpectedProblem, ...] = ()
    golden: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One expansion of the recipe."""

    name: str
    at: SourcePosition
    parameters: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    blobs: Listing = field(default_factory=dict)
    job_blobs: dict[str, Listing] = field(default_factory=dict)
    expect: Expectation = Expectation()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """One `*.test.yaml`.

    Attributes:
        file: its name as the user gave it.
        recipe: path of the recipe.
    """

    file: str
    folder: Path
    recipe: Path
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is not as expected.

    Attributes:
        what: the key of `expect` that it breaks.
        message: what was expected and what there is, in one sentence.
        difference: the two line by line, as `diff -u` shows them; empty where the sentence says it all.
    """

    what: str
    message: str
    difference: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What came of one case.

    Attributes:
        updated: the golden file that was written.
    """

    name: str
    at: SourcePosition
    recipe: str
    failures: tuple[Failure, ...] = ()
    updated: str | None = None

    @property
    def passed(self) -> bool:
        """Everything was as expected."""
        return not self.failures


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesReport:
    """What came of all cases."""

    cases: tuple[CaseResult, ...]

    @property
    def failed(self) -> int:
        """How many cases failed."""
        return sum(not case.passed for case in self.cases)

    @property
    def exit_code(self) -> int:
        """0 all passed, 1 one failed."""
        return 1 if self.failed else 0


def as_junit(report: CasesReport) -> str:
    """Results as JUnit XML, which build servers read: one suite; the class name of a case is its recipe."""
    suite = ET.Element("testsuite", name="recipebatch", tests=str(len(report.cases)), failures=str(report.failed))
    for case in report.cases:
        element = ET.SubElement(
            suite, "testcase", name=case.name, classname=case.recipe, file=case.at.file, line=str(case.at.line)
        )
        for failure in case.failures:
            found = ET.SubElement(element, "failure", type=failure.what, message=failure.message)
            found.text = "\n".join(failure.difference)
    ET.indent(suite, " ")
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
