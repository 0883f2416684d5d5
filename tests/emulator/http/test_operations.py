from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 400, "InvalidUri"),
        ("PUT", "/pools", 405, "UnsupportedHttpVerb"),
        ("GET", "/jobschedules/none", 404, "JobScheduleNotFound"),
        ("GET", "/certificates", 400, "OperationNotImplementedByEmulator"),
        ("GET", "/poolusagemetrics", 400, "PoolUsageMetricAPIRetired"),
        ("GET", "/pools?unknown=1", 400, "UnsupportedQueryParameter"),
        ("GET", "/pools?maxresults=-5", 400, "InvalidQueryParameterValue"),
        ("GET", "/pools?maxresults=1001", 400, "InvalidQueryParameterValue"),
        ("GET", "/pools?%24filter=nonsense%20eq%20'a'", 400, "InvalidQueryParameterValue"),
        ("GET", "/pools/none", 404, "PoolNotFound"),
        ("GET", "/jobs/none", 404, "JobNotFound"),
        ("GET", "/jobs/none/tasks/t", 404, "JobNotFound"),
        ("GET", "/pools/none/nodes", 404, "PoolNotFound"),
    ],
)
def test_what_is_not_there_or_not_served_has_its_own_error(
    wire: Any, method: str, path: str, status: int, code: str
) -> None:
    answer = wire(method, path)
    assert (answer.status, answer.code) == (status, code)
