"""AccountRuns: the runs of an account as the pages ask for them, through the same functions as the commands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recipebatch import api, pages
from recipebatch.execution import NO_RECORD, account_services
from recipebatch.phases import PhaseOptions
from recipebatch.report import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from recipebatch.execution import ListedRun
    from recipebatch.report import PhaseReport, Progress, RunReport


class AccountRuns:
    """The runs of one account.

    Args:
        account: an entry of `accounts.yaml`, `environment`, or `local`; None is the configured one, else `local`.
        folder: where relative paths of `collect` start, for runs that are stopped or retried.
        progress: is told which account it is.

    Attributes:
        label: how pages call the account.
    """

    def __init__(self, account: str | None, folder: Path, progress: Progress) -> None:
        self._account = account
        self._folder = folder
        # Whatever keeps the account from being opened is said at once.
        with account_services(account, progress) as services:
            self.label = services.label

    def rows(self) -> Sequence[pages.RunRow]:
        """All runs, newest first."""
        now = datetime.now(UTC)
        return [run_row(run, now) for run in reversed(api.runs(account=self._account))]

    def report(self, run: str) -> pages.RunReportData:
        """The report of one run; raises UsageError if there is none."""
        return api.report(run=run, account=self._account)

    def stop(self, run: str, progress: Progress) -> str:
        """Stop a run; what came of it."""
        return outcome(
            api.stop(
                run=run,
                account=self._account,
                options=self._options(),
                progress=progress,
                on_phase=lambda report: progress.say(phase_line(report)),
            )
        )

    def retry(self, run: str, progress: Progress) -> str:
        """Retry the failed tasks of a run, and go on with it to its end; what came of it."""
        return outcome(
            api.retry(
                run=run,
                account=self._account,
                options=self._options(),
                progress=progress,
                on_phase=lambda report: progress.say(phase_line(report)),
            )
        )

    def _options(self) -> PhaseOptions:
        # The question of the page names the run and says what is done: it is asked for nothing more.
        return PhaseOptions(output_dir=self._folder)


def run_row(run: ListedRun, now: datetime) -> pages.RunRow:
    """A run as the list shows it. Pure."""
    created = pages.moment_of(run.created)
    return pages.RunRow(
        run_id=run.run_id,
        recipe=run.recipe,
        owner=run.owner,
        status=run.status,
        verdict=run.verdict,
        created=created,
        age=0.0 if created is None else max(now.timestamp() - created, 0.0),
        at_work=run.at_work,
        has_record=run.status != NO_RECORD,
        tasks=tasks_text(run),
        cost="" if run.cost is None else run.cost.amount_text,
        holds="" if run.holds is None else str(run.holds),
    )


def tasks_text(run: ListedRun) -> str:
    """`2,990/3,000, 10 failed`: of all tasks those that succeeded; `3,000` where nobody has looked since. Pure."""
    total = sum(run.tasks.values())
    if not total:
        return ""
    if not run.counted and run.verdict == Verdict.UNKNOWN:
        return f"{total:,}"
    failed = run.tasks.get(Verdict.FAILED, 0)
    return f"{run.tasks.get(Verdict.SUCCEEDED, 0):,}/{total:,}" + (f", {failed:,} failed" if failed else "")


def phase_line(report: PhaseReport) -> str:
    """What a phase did, in one line."""
    return f"{report.phase}: {report.summary}"


def outcome(report: RunReport) -> str:
    """What came of a command."""
    return f"verdict: {report.verdict}" if report.phases else "nothing was to be done"
