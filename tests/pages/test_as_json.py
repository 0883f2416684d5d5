"""The data of a report as JSON."""

from __future__ import annotations

import json

from reported_runs import a_large_run, report_data

from recipebatch.pages.as_json import report_as_json


def test_all_of_a_report_is_json_with_times_in_iso_8601() -> None:
    body = json.loads(json.dumps(report_as_json(a_large_run(200))))
    assert body["facts"]["run_id"] == "20260102-030405-k3f9"
    assert body["facts"]["created"] == "2026-01-02T03:04:05.000+00:00"
    assert body["tasks"][0]["id"] == "count-000001"
    assert body["tasks"][0]["began"].startswith("2026-01-02T03:0")
    assert body["templates"][0]["slowest"][0]["ran_seconds"] == body["templates"][0]["most"]
    assert sum(each["count"] for each in body["templates"][0]["bins"]) == body["templates"][0]["ran"]
    assert body["counts"]["failed"] == sum(task["state"] == "failed" for task in body["tasks"])
    assert body["peak"]["tasks"] == 32
    assert body["phases"][0]["began"] == "2026-01-02T03:04:05.000+00:00"


def test_a_run_without_tasks_has_no_times() -> None:
    body = report_as_json(report_data())
    assert (body["span"], body["peak"], body["tasks"]) == (None, None, [])
