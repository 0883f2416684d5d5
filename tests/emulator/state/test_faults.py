from __future__ import annotations

import pytest

from recipebatch.emulator.state.faults import UNTIL_REMOVED, Action, Fault, Faults, matches_request


def fault(path: str = "/**", **options: object) -> Fault:
    return Fault(id="1", action=Action.ANSWER, path=path, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/**", "/"),
        ("/**", "/jobs/j/tasks/t/files/wd%2Fa.txt"),
        ("/jobs/*/addtaskcollection", "/jobs/j/addtaskcollection"),
        ("/jobs/MyJob/**", "/jobs/myjob"),
        ("/jobs/MyJob/**", "/jobs/myjob/tasks/t"),
        ("/pools/p", "/pools/%70/"),
    ],
)
def test_a_pattern_matches_whole_segments_in_any_case(pattern: str, path: str) -> None:
    assert matches_request(fault(pattern), "GET", path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [("/jobs/*", "/jobs"), ("/jobs/*", "/jobs/j/tasks"), ("/jobs/j", "/jobs/jj"), ("/jobs/*/tasks", "/jobs/a%2Fb")],
)
def test_a_pattern_matches_nothing_longer_or_shorter(pattern: str, path: str) -> None:
    assert not matches_request(fault(pattern), "GET", path)


def test_a_method_is_matched_in_any_case_and_a_fault_of_pools_matches_no_request() -> None:
    assert matches_request(fault(method="post"), "POST", "/jobs")
    assert not matches_request(fault(method="post"), "GET", "/jobs")
    assert not matches_request(Fault(id="1", action=Action.ALLOCATION), "GET", "/jobs")


def test_a_fault_skips_then_applies_as_often_as_it_says_and_is_gone() -> None:
    faults = Faults()
    faults.add(fault(skip=1, count=2))
    assert [faults.for_request("GET", "/jobs") is not None for _ in range(5)] == [False, True, True, False, False]
    assert faults.all() == []


def test_a_fault_without_end_stays_until_it_is_removed() -> None:
    faults = Faults()
    faults.add(fault(count=UNTIL_REMOVED))
    assert all(faults.for_request("GET", "/jobs") for _ in range(10))
    assert faults.remove("1")
    assert not faults.remove("1")
    assert faults.for_request("GET", "/jobs") is None


def test_the_first_of_two_faults_applies_to_a_request_and_the_second_to_the_next() -> None:
    faults = Faults()
    faults.add(fault(code="first"))
    faults.add(Fault(id="2", action=Action.CLOSE))
    assert [taken.id for _ in range(2) if (taken := faults.for_request("GET", "/jobs"))] == ["1", "2"]
