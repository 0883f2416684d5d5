"""How much a command says and where."""

from __future__ import annotations

import pytest

from recipebatch.cli.output import verdict_text
from recipebatch.cli.verbosity import Verbosity
from recipebatch.errors import UsageError
from recipebatch.report import PhaseReport, RunReport, TaskTotals


def test_what_contradicts_itself_is_refused() -> None:
    with pytest.raises(UsageError, match="--quiet cannot be combined with --verbose"):
        Verbosity(quiet=True, verbose=True).check()
    with pytest.raises(UsageError, match="--events - and --json both print on stdout"):
        Verbosity().write_events("-", json=True)


def test_events_are_on_stdout_or_in_a_file() -> None:
    verbosity = Verbosity()
    verbosity.write_events("-", json=False)
    assert verbosity.events_on_stdout
    verbosity.write_events("events.jsonl", json=True)
    assert (verbosity.events, verbosity.events_on_stdout) == ("events.jsonl", False)
    verbosity.reset()
    assert verbosity == Verbosity()


def test_a_quiet_command_ends_with_its_verdict() -> None:
    watched = PhaseReport(phase="watch", summary="2 of 2 tasks succeeded", totals=TaskTotals(succeeded=2))
    purged = PhaseReport(phase="purge", summary="deleted 1 job")
    report = RunReport(run_id="r1", recipe="r", account="local", phases=(watched, purged))
    assert verdict_text(report) == "succeeded: 2 of 2 tasks succeeded (run r1)"
    alone = RunReport(run_id="r1", recipe="r", account="local", phases=(purged,))
    assert verdict_text(alone) == "purge: deleted 1 job (run r1)"
    assert verdict_text(RunReport(run_id="r1", recipe="r", account="local")) == "nothing was left to do (run r1)"
