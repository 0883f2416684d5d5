"""Progress in a log: a line when something has changed, at most every ten seconds, with the time of day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from recipebatch.cli.progress.plain import PlainProgress
from recipebatch.report import (
    FailedTask,
    PhaseEnded,
    PhaseStarted,
    StepDone,
    StepReport,
    TaskCounts,
    TaskFailed,
    TaskTotals,
)


class Log:
    """A log whose clock is set by hand."""

    def __init__(self, **how: bool) -> None:
        self.now = 0.0
        moment = datetime(2026, 1, 2, 13, 45, 2, tzinfo=UTC)
        self.progress = PlainProgress(clock=lambda: self.now, today=lambda: moment, **how)

    def counts(self, now: float, done: int) -> None:
        self.now = now
        totals = TaskTotals(active=100 - done, succeeded=done)
        self.progress.tell(TaskCounts(job_id="j-r1", job="j", planned=100, totals=totals))


def test_a_line_is_said_when_something_has_changed_and_ten_seconds_have_passed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = Log()
    log.progress.tell(PhaseStarted(phase="watch"))
    log.counts(1.0, 1)
    log.counts(9.9, 2)
    assert capsys.readouterr().err == ""
    log.counts(10.0, 3)
    assert capsys.readouterr().err == "13:45:02 watch: j 3/100, 97 waiting, 7:16 left\n"
    log.counts(15.0, 5)
    log.counts(40.0, 3)
    assert capsys.readouterr().err == ""
    log.counts(51.0, 5)
    assert capsys.readouterr().err.startswith("13:45:02 watch: j 5/100, 95 waiting")


def test_failures_are_said_once_for_each_kind_and_counted_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log()
    for number in range(4):
        failure = FailedTask(job_id="j", task_id=f"t{number}", exit_code=3, code="FailureExitCode", message="it failed")
        log.progress.tell(TaskFailed(failure=failure, template="count"))
    log.progress.tell(PhaseEnded(phase="watch"))
    assert capsys.readouterr().err.splitlines() == [
        "task t0 failed: exit code 3, it failed (FailureExitCode)",
        "4 × count: exit code 3; first t0, t1, t2, t3",
    ]


def test_quiet_says_failures_only(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(quiet=True)
    with log.progress as progress:
        progress.say("account: local")
        log.counts(60.0, 3)
        failure = FailedTask(job_id="j", task_id="t1", exit_code=3, code="FailureExitCode", message="it failed")
        progress.tell(TaskFailed(failure=failure))
    assert capsys.readouterr().err == "task t1 failed: exit code 3, it failed (FailureExitCode)\n"


@pytest.mark.parametrize("verbose", [True, False])
def test_verbose_says_each_file(verbose: bool, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: FBT001
    step = StepReport(action="uploaded", kind="blob", name="input/a.txt", size=2048)
    Log(verbose=verbose).progress.tell(StepDone(phase="stage", step=step))
    assert capsys.readouterr().err == ("  uploaded blob input/a.txt (2.0 KiB)\n" if verbose else "")
