from __future__ import annotations

from typing import Any

import pytest

from recipebatch.emulator.http.operations import _OPERATIONS, find_operation
from recipebatch.emulator.protocol import NEWEST, VERSIONS
from recipebatch.emulator.state import BatchError


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


@pytest.mark.parametrize(
    ("method", "path", "parts"),
    [
        ("GET", "/pools", ()),
        ("GET", "/POOLS/My%20Pool", ("My Pool",)),
        ("POST", "/pools/p/nodes/n/Start", ("p", "n")),
        ("GET", "/jobs/a%3Ab/tasks/t%2Fu", ("a:b", "t/u")),
        ("GET", "/jobs/j/tasks/t/files/wd%2Fa.txt", ("j", "t", "wd/a.txt")),
        ("GET", "/jobs/j/tasks/t/files/wd/deep/a.txt", ("j", "t", "wd/deep/a.txt")),
        ("DELETE", "/$emulator/faults/3", ("3",)),
    ],
)
def test_the_parts_of_a_path_are_split_and_then_decoded(method: str, path: str, parts: tuple[str, ...]) -> None:
    assert find_operation(method, path, NEWEST)[1] == parts


@pytest.mark.parametrize("path", ["/", "", "/pools/", "/pools//nodes", "/jobs/j/files/x"])
def test_a_path_with_an_empty_or_unknown_part_is_no_operation(path: str) -> None:
    with pytest.raises(BatchError, match="InvalidUri"):
        find_operation("GET", path, NEWEST)


@pytest.mark.parametrize("name", ["start", "deallocate"])
def test_an_operation_of_later_versions_is_unknown_to_the_oldest(name: str) -> None:
    oldest, middle, newest = VERSIONS[0], VERSIONS[1], VERSIONS[-1]
    for version in (middle, newest):
        assert find_operation("POST", f"/pools/p/nodes/n/{name}", version)[1] == ("p", "n")
    with pytest.raises(BatchError, match="InvalidUri"):
        find_operation("POST", f"/pools/p/nodes/n/{name}", oldest)
    # The verb is looked at first, in every version.
    with pytest.raises(BatchError, match="UnsupportedHttpVerb"):
        find_operation("GET", f"/pools/p/nodes/n/{name}", oldest)


def test_an_operation_that_is_not_served_says_which() -> None:
    with pytest.raises(BatchError) as caught:
        find_operation("POST", "/certificates", NEWEST)
    assert caught.value.code == "OperationNotImplementedByEmulator"
    assert dict(caught.value.values) == {"Reason": "POST /certificates is not implemented by this emulator"}


def test_every_handler_serves_one_operation() -> None:
    handlers = [operation.handler for verbs in _OPERATIONS.values() for operation in verbs.values()]
    served = [handler for handler in handlers if handler is not None]
    assert len(served) == len(set(served)) > 70
