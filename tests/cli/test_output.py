"""Results on stdout: lines as phases end, or one document; and the exit code."""

from __future__ import annotations

import json

import pytest
import typer

from recipebatch.cli.output import Output, print_json, print_sarif
from recipebatch.errors import Problem, SourcePosition
from recipebatch.report import PhaseReport, RunReport, TaskTotals

WATCHED = PhaseReport(phase="watch", summary="2 tasks", totals=TaskTotals(succeeded=1, failed=1), notes=("a note",))
STAGED = PhaseReport(phase="stage", summary="1 file uploaded", seconds=1.25)


def report(*phases: PhaseReport, run_id: str | None = "r1") -> RunReport:
    return RunReport(run_id=run_id, recipe="topn", account="local", phases=phases)


def test_a_phase_is_a_line_when_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output("apply", json=False)
    output.add(STAGED)
    assert capsys.readouterr().out == "stage: 1 file uploaded (1.2 s)\n"
    output.add(WATCHED)
    assert capsys.readouterr().out == "watch: 2 tasks (0.0 s)\n  a note\n"
    output.finish(report(STAGED))
    assert capsys.readouterr().out == ""


def test_json_is_one_document_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output("apply", json=True)
    output.add(STAGED)
    assert capsys.readouterr().out == ""
    output.finish(report(STAGED))
    document = json.loads(capsys.readouterr().out)
    assert (document["run"], [phase["phase"] for phase in document["phases"]]) == ("r1", ["stage"])


def test_a_failed_task_is_exit_code_1() -> None:
    with pytest.raises(typer.Exit) as ended:
        Output("apply", json=False).finish(report(WATCHED))
    assert ended.value.exit_code == 1


def test_without_a_run_the_command_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    Output("purge", json=False).finish(report(run_id=None))
    assert capsys.readouterr().out.startswith("nothing to purge")


def test_documents_name_their_kind_and_their_version(capsys: pytest.CaptureFixture[str]) -> None:
    print_json("orphans", {"found": []})
    document = json.loads(capsys.readouterr().out)
    assert document["found"] == []
    assert document["kind"] == "orphans"
    print_sarif([Problem(SourcePosition("r.yaml", 4, 3), "wrong", "unknown-key")])
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert result["ruleId"] == "unknown-key"
