"""Results as JUnit XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from recipe_tests.demo import run

from recipebatch.recipe_tests import as_junit


@pytest.mark.usefixtures("folder")
def test_results_come_as_junit_xml() -> None:
    suite = ET.fromstring(as_junit(run("- {name: good, blobs: {there: [x]}}\n- {name: bad, expect: {tasks: 1}}\n")))  # noqa: S314 - our own text
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("name") for case in suite] == ["good", "bad"]
    assert [failure.get("type") for failure in suite.iter("failure")] == ["tasks"]
