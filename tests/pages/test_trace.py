"""trace.csv: every task of a run."""

from __future__ import annotations

import csv
import io

from reported_runs import HOSTILE, a_task

from recipebatch.pages.model import State
from recipebatch.pages.trace import COLUMNS, trace_csv


def test_each_task_is_a_line_with_times_in_iso_8601() -> None:
    waiting = a_task("b", None, state=State.WAITING, node="", exit_code=None, tries=0)
    first, second = csv.DictReader(io.StringIO(trace_csv([a_task("a", 1.5, 2.25, item="a, b"), waiting])))
    assert tuple(first) == COLUMNS
    assert first == {
        "job": "job-1",
        "task": "a",
        "template": "count",
        "item": "a, b",
        "state": "succeeded",
        "cause": "",
        "code": "",
        "exit_code": "0",
        "tries": "1",
        "pool": "p1",
        "node": "n1",
        "created": "2026-01-02T03:04:05.000+00:00",
        "began": "2026-01-02T03:04:06.500+00:00",
        "ended": "2026-01-02T03:04:08.750+00:00",
        "waited_seconds": "1.5",
        "ran_seconds": "2.25",
    }
    assert (second["state"], second["began"], second["ran_seconds"], second["exit_code"]) == ("waiting", "", "", "")


def test_no_text_is_a_formula_of_a_spreadsheet() -> None:
    text = trace_csv([a_task('=HYPERLINK("http://x")', item="+1", node="@n")])
    (line,) = csv.DictReader(io.StringIO(text))
    assert (line["task"], line["item"], line["node"]) == ('\'=HYPERLINK("http://x")', "'+1", "'@n")


def test_any_name_can_be_written_as_utf_8() -> None:
    text = trace_csv([a_task("a", item=f"{HOSTILE}\udc80\n")])
    (line,) = csv.DictReader(io.StringIO(text.encode("utf-8").decode()))
    assert "</script>" in line["item"]
    assert "\\udc80" in line["item"]
