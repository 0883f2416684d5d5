"""The report of a run: its data, and the files that show it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from recipebatch import execution, pages
from recipebatch.api.look.opened import opened
from recipebatch.errors import RecipeBatchError, UsageError
from recipebatch.folder_files import replaceable
from recipebatch.text.sizes import size_text

if TYPE_CHECKING:
    from recipebatch.api.phases import GivenRecipe
    from recipebatch.pages import RunReportData
    from recipebatch.report import Progress

REPORT, TRACE = "report", "trace"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenReport:
    """The files of a report.

    Attributes:
        run_id: of which run.
        page: one HTML file.
        trace: all tasks as CSV, beside it.
        tasks: how many tasks it has.
        size: of the page, in bytes.
    """

    run_id: str
    page: str
    trace: str
    tasks: int
    size: int


def report(
    recipe: GivenRecipe | None = None,
    *,
    run: str | None = None,
    account: str | None = None,
    progress: Progress | None = None,
) -> RunReportData:
    """All that is known of a run: tasks, nodes, durations, failures, phases.

    Args:
        recipe: its newest run is used.
        run: the id of a run, instead of a recipe; without both it is the newest run of this owner.
        account: as in `Recipe.apply`, and `progress` too.

    Raises:
        UsageError: there is no such run, or both a recipe and a run are given.
    """
    with opened(recipe, run, account, progress) as (active, services):
        locked_by = services.store.holder_of(active.record.run_id)
        return execution.gather_report(active, services, locked_by=locked_by)


def write_report(data: RunReportData, path: str | os.PathLike[str] | None = None) -> WrittenReport:
    """Write a report: the page, and beside it the table of all tasks; files of these names are replaced.

    Args:
        data: of the report.
        path: of the page; None is `report-RUN.html` in the current folder.

    Raises:
        UsageError: a file cannot be written.
    """
    page = Path(path) if path is not None else Path(f"{REPORT}-{data.facts.run_id}.html")
    trace = trace_path(page)
    text = pages.run_page(data)
    _replace(page, text)
    _replace(trace, pages.trace_csv(data.tasks))
    return WrittenReport(
        run_id=data.facts.run_id,
        page=str(page),
        trace=str(trace),
        tasks=len(data.tasks),
        size=len(text.encode("utf-8")),
    )


def check_target(path: str | os.PathLike[str]) -> None:
    """Check before a run that its report can be written at the end.

    Raises:
        UsageError: there is no such folder, it may not be written to, or the path is that of a folder.
    """
    page = Path(path)
    if page.is_dir() or not page.parent.is_dir() or not os.access(page.parent, os.W_OK):
        why = "it is a folder" if page.is_dir() else f"{page.parent} is no folder that you may write to"
        raise UsageError(f"--report {page}: {why}", hint="name a file in a folder that exists")
    try:
        replaceable(page)
    except OSError as error:
        raise UsageError(f"--report {page}: {error.strerror}", hint="name a file") from None


def report_at_end(run: str, path: str | os.PathLike[str], *, account: str | None, progress: Progress) -> None:
    """Write the report of a run that a command has worked on: what fails is said, as the run counts."""
    try:
        written = write_report(report(run=run, account=account), path)
    except RecipeBatchError as error:
        progress.say(f"the report of run {run} was not written: {error.message}")
    else:
        progress.say(f"report: {written.page} ({size_text(written.size)}), all tasks: {written.trace}")


def trace_path(page: Path) -> Path:
    """`trace.csv` beside `report.html`, `trace-RUN.csv` beside `report-RUN.html`, else `NAME.trace.csv`."""
    if page.stem.startswith(REPORT):
        return page.with_name(f"{TRACE}{page.stem.removeprefix(REPORT)}.csv")
    return page.with_name(f"{page.stem}.{TRACE}.csv")


def _replace(path: Path, text: str) -> None:
    """Write a file at once: a reader sees the one before or the new one, whole."""
    try:
        real = replaceable(path)
        with NamedTemporaryFile(
            "w", encoding="utf-8", newline="", dir=real.parent, prefix=f".{real.name}.", delete=False
        ) as made:
            made.write(text)
        temporary = Path(made.name)
        try:
            # As any other file that this user makes: a temporary one is for its owner only.
            mask = os.umask(0)
            os.umask(mask)
            temporary.chmod(0o666 & ~mask)
            temporary.replace(real)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
