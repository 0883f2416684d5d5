"""CaseFile, Case, Expectation: the content of a `*.test.yaml`; CaseResult: the result of a case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from recipebatch.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.errors import SourcePosition
    from recipebatch.recipe_tests.golden_files import GoldenFile

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
    """`expect:`; None means "not checked".

    Attributes:
        tasks: the number in all, or by job.
        command_lines: by task id: the whole text, or the texts that it must contain.
        depends_on: ids and ranges, as `1..3`, by task id.
        containers: logical name → the blobs that are uploaded.
        problems: exactly these; empty if the recipe must be valid.
        golden: the file with the whole plan.
    """

    tasks: int | dict[str, int] | None = None
    ids: tuple[str, ...] | None = None
    command_lines: dict[str, str | tuple[str, ...]] | None = None
    environment: dict[str, dict[str, str]] | None = None
    depends_on: dict[str, tuple[str, ...]] | None = None
    containers: Listing | None = None
    problems: tuple[ExpectedProblem, ...] = ()
    golden: GoldenFile | None = None


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
        file: its path as passed by the user.
        recipe: path of the recipe.
    """

    file: str
    folder: Path
    recipe: Path
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """One difference to the expected result.

    Attributes:
        what: the key of `expect` that is not met.
        message: the expected and the actual value, in one sentence.
        difference: both line by line in the form of `diff -u`; empty if the sentence contains both.
    """

    what: str
    message: str
    difference: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """The result of one case.

    Attributes:
        updated: the path of the golden file that was written, or None.
    """

    name: str
    at: SourcePosition
    recipe: str
    failures: tuple[Failure, ...] = ()
    updated: str | None = None

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.failures


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesReport:
    """The results of all cases."""

    cases: tuple[CaseResult, ...]

    @property
    def failed(self) -> int:
        """The number of failed cases."""
        return sum(not case.passed for case in self.cases)

    @property
    def exit_code(self) -> int:
        """0 if all passed, 1 if any failed."""
        return ExitCode.FAILED if self.failed else ExitCode.DONE


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
