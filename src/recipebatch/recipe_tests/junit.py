"""Results as JUnit XML, which build servers show."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from recipebatch.recipe_tests.model import CasesReport


def as_junit(report: CasesReport) -> str:
    """One suite; a case is classified by its recipe."""
    suite = ET.Element("testsuite", name="recipebatch", tests=str(len(report.cases)), failures=str(report.failed))
    for case in report.cases:
        element = ET.SubElement(
            suite, "testcase", name=case.name, classname=case.recipe, file=case.at.file, line=str(case.at.line)
        )
        for failure in case.failures:
            told = ET.SubElement(element, "failure", type=failure.what, message=failure.message)
            told.text = "\n".join(failure.difference)
    ET.indent(suite, " ")
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
