"""The files of a report."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from reported_runs import a_large_run

from recipebatch import api
from recipebatch.api.look.report import check_target, report_at_end, trace_path
from recipebatch.errors import UsageError
from recipebatch.report import Quiet


class Said(Quiet):
    """What is said, as a list."""

    def __init__(self, lines: list[str]) -> None:
        self.say = lines.append  # type: ignore[method-assign, assignment]


@pytest.mark.parametrize(
    ("page", "trace"),
    [
        ("out/report.html", "out/trace.csv"),
        ("report-20260102-030405-k3f9.html", "trace-20260102-030405-k3f9.csv"),
        ("last night.html", "last night.trace.csv"),
        ("page", "page.trace.csv"),
    ],
)
def test_the_table_of_tasks_stands_beside_the_page(page: str, trace: str) -> None:
    assert trace_path(Path(page)) == Path(trace)


def test_a_report_is_a_page_and_a_table_and_replaces_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written = api.write_report(a_large_run(20))
    assert written.page == "report-20260102-030405-k3f9.html"
    assert (written.tasks, written.size) == (20, Path(written.page).stat().st_size)
    assert len(Path(written.trace).read_text("utf-8").splitlines()) == 21
    again = api.write_report(a_large_run(30), written.page)
    assert len(Path(again.trace).read_text("utf-8").splitlines()) == 31
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([written.page, written.trace])
    # Others may read it as any file of this user.
    (tmp_path / "plain").touch()
    assert stat.S_IMODE(Path(written.page).stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_a_report_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written: No such file"):
        api.write_report(a_large_run(3), tmp_path / "nowhere" / "report.html")
    (tmp_path / "report.html").mkdir()
    with pytest.raises(UsageError, match="cannot be written: Is a directory"):
        api.write_report(a_large_run(3), tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_device_is_not_replaced_by_a_report(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="pipe cannot be written: it is no regular file"):
        api.write_report(a_large_run(3), tmp_path / "pipe")
    with pytest.raises(UsageError, match="pipe: it is no regular file"):
        check_target(tmp_path / "pipe")
    assert not (tmp_path / "pipe").is_file()


def test_where_a_report_cannot_be_written_no_run_begins(tmp_path: Path) -> None:
    recipe = api.Recipe.load("builtin:topn")
    with pytest.raises(UsageError, match="is no folder that you may write to"):
        recipe.apply(report_file=tmp_path / "nowhere" / "report.html")
    with pytest.raises(UsageError, match="it is a folder"):
        recipe.apply(report_file=tmp_path)


def test_a_report_that_fails_at_the_end_of_a_run_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    progress = Said(said)

    def refused(**_: object) -> object:
        raise UsageError("there is no run r1 in this account")

    monkeypatch.setattr("recipebatch.api.look.report.report", refused)
    report_at_end("r1", tmp_path / "report.html", account=None, progress=progress)
    monkeypatch.setattr("recipebatch.api.look.report.report", lambda **_: a_large_run(3))
    report_at_end("r1", tmp_path / "report.html", account=None, progress=progress)
    assert said[0] == "the report of run r1 was not written: there is no run r1 in this account"
    assert said[1].startswith(f"report: {tmp_path}/report.html (")
