"""Lets tests fail that print secrets, and searches all that a whole run of the tests wrote and started for them.

A test whose output holds a secret fails by its own name. Files and command lines are searched after the last test, and
count as two tests more.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from command import PRINTED
from secret_search import ProcessWatch, leak_in, leaks_below, redacted

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

FILE = "tests/secret_plugin.py"
FILES = "test_no_file_holds_a_secret"
COMMAND_LINES = "test_no_command_line_shows_a_secret"


def pytest_configure(config: pytest.Config) -> None:
    """Search in this run, in each of its processes for what its own tests print."""
    config.pluginmanager.register(SecretSearch(config), "secret search")


class SecretSearch:
    """The search in one process; the one that the user started searches files and command lines for all."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._watch = None if hasattr(config, "workerinput") else ProcessWatch()
        self._searched = 0

    def pytest_sessionstart(self) -> None:
        """Look at command lines from the first test on."""
        if self._watch is not None:
            os.environ.update(self._watch.mark)
            self._watch.start()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A test that prints a secret, or whose commands do, has failed; the report does not print it again."""
        report = yield
        leaks = [f"a command printed a secret: {leak}" for leak in map(leak_in, PRINTED[self._searched :]) if leak]
        self._searched = len(PRINTED)
        for title, text in report.sections:
            # The report of a phase has the output of earlier phases too.
            if title.endswith(f" {report.when}") and (leak := leak_in(text)):
                leaks.append(f"a secret was printed ({title}): {leak}")
        report.sections = [(title, redacted(text)) for title, text in report.sections]
        if leaks and report.failed:
            report.sections.append(("Secrets", "\n".join(leaks)))
        elif leaks:
            report.outcome = "failed"
            report.longrepr = "\n".join(leaks)
        return report

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Search what all tests wrote and started when the last has ended."""
        try:
            return (yield)
        finally:
            if self._watch is not None and session.testscollected and not self._config.option.collectonly:
                self._watch.stop()
                root = self._config.__dict__["_tmp_path_factory"].getbasetemp()
                session.testscollected += 2
                self._tell(FILES, leaks_below(root))
                self._tell(COMMAND_LINES, sorted(self._watch.leaks))

    def pytest_sessionfinish(self) -> None:
        """Look no more."""
        if self._watch is not None:
            self._watch.stop()
            for name in self._watch.mark:
                os.environ.pop(name, None)

    def _tell(self, name: str, leaks: Iterable[str]) -> None:
        """Count a test that passed, or failed with what was found."""
        found = "\n".join(leaks)
        hook, nodeid, location = self._config.hook, f"{FILE}::{name}", (FILE, None, name)
        hook.pytest_runtest_logstart(nodeid=nodeid, location=location)
        for report in (
            pytest.TestReport(nodeid, location, {}, "failed" if found else "passed", found or None, "call"),
            pytest.TestReport(nodeid, location, {}, "passed", None, "teardown"),
        ):
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=nodeid, location=location)
