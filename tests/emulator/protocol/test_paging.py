from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from azure.batch import models

from recipebatch.emulator.protocol import paging

if TYPE_CHECKING:
    from azure.batch import BatchClient

IDS = ["Alpha", "beta", "Gamma", "delta-1", "delta-2"]


@pytest.fixture
def jobs(batch: BatchClient) -> list[str]:
    for job_id in IDS:
        batch.create_job(models.BatchJobCreateOptions(id=job_id, pool_info=models.BatchPoolInfo(pool_id="none")))
    return sorted(IDS, key=str.lower)


@pytest.mark.parametrize("size", [1, 2, 4, 5])
def test_pages_bring_everything_once_in_the_order_of_ids(batch: BatchClient, jobs: list[str], size: int) -> None:
    pages = [list(page) for page in batch.list_jobs(max_results=size).by_page()]
    assert [job.id for page in pages for job in page] == jobs
    assert len(pages[0]) == size


def test_a_next_link_repeats_the_query_and_can_be_followed_as_it_is(wire: Any, jobs: list[str]) -> None:
    first = wire("GET", "/jobs?$filter=startswith(id,'d')&maxresults=1&$select=id").json()
    assert first["value"] == [{"id": "delta-1"}]
    link = first["odata.nextLink"]
    assert "$filter=startswith(id,'d')" in link
    assert "maxresults=1" in link
    assert "$skiptoken=WATV2:" in link
    rest = link.removeprefix(wire.account.endpoint).replace("api-version=2025-06-01&", "")
    rest = rest.replace("&api-version=2025-06-01", "")
    second = wire("GET", rest).json()
    assert second["value"] == [{"id": "delta-2"}]
    assert "odata.nextLink" not in second
    assert jobs


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("id eq 'ALPHA'", ["Alpha"]),
        ("id eq'alpha'", ["Alpha"]),
        ("startswith(id, 'DELTA')", ["delta-1", "delta-2"]),
        ("startswith(id,'x')", []),
        ("id eq 'alpha' or id eq 'beta'", ["Alpha", "beta"]),
        ("state eq 'active' and id gt 'delta-1'", ["delta-2", "Gamma"]),
        ("not (startswith(id,'delta')) and state ne 'completed'", ["Alpha", "beta", "Gamma"]),
        ("executionInfo/poolId eq 'NONE' and id le 'alpha'", ["Alpha"]),
        ("creationTime gt DateTime'2011-05-08T08:49:37Z' and id ge 'gamma'", ["Gamma"]),
        ("creationTime lt DateTime'Sun, 08 May 2011 08:49:37 GMT'", []),
        ("executionInfo/endTime gt DateTime'2011-05-08'", []),
    ],
)
def test_a_filter_finds_what_it_says(batch: BatchClient, jobs: list[str], text: str, found: list[str]) -> None:
    assert [job.id for job in batch.list_jobs(filter=text)] == found
    assert jobs


def test_select_brings_only_what_is_asked_for(wire: Any, jobs: list[str]) -> None:
    listed = wire("GET", f"/jobs?$select={quote('id, state')}").json()["value"]
    assert [set(job) for job in listed] == [{"id", "state"}] * len(jobs)
    one = wire("GET", "/jobs/beta?$select=poolInfo").json()
    assert one.keys() == {"odata.metadata", "poolInfo"}
    assert one["odata.metadata"].endswith("$metadata#jobs/@Element")


def test_expand_is_accepted(batch: BatchClient, jobs: list[str]) -> None:
    assert len(list(batch.list_jobs(expand=["stats"]))) == len(jobs)


def test_a_broken_token_is_refused(wire: Any) -> None:
    answer = wire("GET", "/jobs?$skiptoken=WATV2:%FF%FE")
    assert (answer.status, answer.code) == (400, "InvalidQueryParameterValue")


def test_tasks_are_found_by_state_and_by_time_of_change(batch: BatchClient, jobs: list[str]) -> None:
    for number in range(20):
        batch.create_task(jobs[0], models.BatchTaskCreateOptions(id=f"t{number:02}", command_line="true"))
    batch.terminate_task(jobs[0], "t07")
    moment = batch.get_task(jobs[0], "t07").state_transition_time
    batch.terminate_task(jobs[0], "t03")
    completed = [task.id for task in batch.list_tasks(jobs[0], filter="state eq 'completed'")]
    assert completed == ["t03", "t07"]
    assert len(list(batch.list_tasks(jobs[0], filter="state eq 'active'", max_results=7))) == 18
    since = f"stateTransitionTime gt DateTime'{moment:%Y-%m-%dT%H:%M:%S.%f}9Z'"
    assert [task.id for task in batch.list_tasks(jobs[0], filter=since)] == ["t03"]
    assert [t.id for t in batch.list_tasks(jobs[0], filter=f"{since} and state eq 'active'")] == []
    assert [t.id for t in batch.list_tasks(jobs[0], filter="executionInfo/result eq 'failure'")] == completed


def test_a_page_of_large_items_ends_early(
    wire: Any, batch: BatchClient, jobs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "_PAGE_BYTES", 1000)
    first = wire("GET", "/jobs").json()
    assert 0 < len(first["value"]) < len(jobs)
    assert [job.id for job in batch.list_jobs()] == jobs


@pytest.mark.parametrize("text", ["²", "٣", "9" * 5000, "1e3", "+1", " 1", "--5", "x"])
def test_a_page_size_that_is_no_number_is_refused(wire: Any, text: str) -> None:
    answer = wire("GET", f"/jobs?maxresults={quote(text)}")
    assert (answer.status, answer.code) == (400, "InvalidQueryParameterValue")


def test_a_list_that_takes_much_work_ends_its_page_early(
    wire: Any, batch: BatchClient, jobs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "_PAGE_COMPARISONS", 2)
    only_last = quote(f"id eq '{max(jobs)}'")
    answer = wire("GET", f"/jobs?$filter={only_last}").json()
    assert (answer["value"], "odata.nextLink" in answer) == ([], True)
    assert [job.id for job in batch.list_jobs(filter=f"id eq '{max(jobs)}'")] == [max(jobs)]


def test_a_page_that_is_too_small_is_refused_as_recorded(wire: Any) -> None:
    assert wire("GET", "/pools?maxresults=-5").values == {
        "QueryParameterName": "maxresults",
        "QueryParameterValue": "-5",
        "Reason": "MaxResults cannot be less than 1",
    }
