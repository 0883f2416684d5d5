from __future__ import annotations

import datetime as dt
import time
from email.utils import formatdate
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from recipebatch.emulator import Emulator, EmulatorAccount, start_emulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from azure.batch import BatchClient

    Until = Callable[[Callable[[], Any]], Any]

SPECIFICATION: dict[str, Any] = {"poolInfo": {"poolId": "none"}}
DAILY = {"recurrenceInterval": "P1D"}


def add(wire: Any, schedule: dict[str, Any], specification: dict[str, Any] | None = None, **rest: Any) -> None:
    document = {"id": "s", "schedule": schedule, "jobSpecification": specification or SPECIFICATION, **rest}
    answer = wire("POST", "/jobschedules", document)
    assert answer.status == 201, answer.content


def shown(wire: Any) -> Any:
    return wire("GET", "/jobschedules/s").json()


def moment(seconds: float) -> str:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def state_is(wire: Any, state: str) -> Callable[[], bool]:
    return lambda: bool(shown(wire)["state"] == state)


def test_a_schedule_is_shown_as_recorded(wire: Any) -> None:
    add(
        wire,
        {"startWindow": "PT1H", "recurrenceInterval": "P1D"},
        {**SPECIFICATION, "onAllTasksComplete": "noaction", "constraints": {"maxTaskRetryCount": 2}},
        metadata=[{"name": "a", "value": "b"}],
    )
    document = shown(wire)
    created = document["creationTime"]
    base = document["url"].removesuffix("/jobschedules/s")
    assert document["lastModified"] == document["stateTransitionTime"] == created
    assert document["executionInfo"].pop("nextRunTime")[:10] > created[:10]
    assert document == {
        "odata.metadata": f"{base}/$metadata#jobschedules/@Element",
        "id": "s",
        "url": f"{base}/jobschedules/s",
        "eTag": document["eTag"],
        "lastModified": created,
        "creationTime": created,
        "state": "active",
        "stateTransitionTime": created,
        "schedule": {"startWindow": "PT1H", "recurrenceInterval": "P1D"},
        "jobSpecification": {
            "priority": 0,
            "maxParallelTasks": -1,
            "allowTaskPreemption": False,
            "usesTaskDependencies": False,
            "onAllTasksComplete": "noaction",
            "onTaskFailure": "noaction",
            "constraints": {"maxWallClockTime": "P10675199DT2H48M5.4775807S", "maxTaskRetryCount": 2},
            "poolInfo": {"poolId": "none"},
        },
        "executionInfo": {"recentJob": {"url": f"{base}/jobs/s:job-1", "id": "s:job-1"}},
        "metadata": [{"name": "a", "value": "b"}],
    }


def test_headers_are_those_of_each_verb(wire: Any) -> None:
    answer = wire("POST", "/jobschedules", {"id": "s", "schedule": DAILY, "jobSpecification": SPECIFICATION})
    url = answer.headers["location"]
    assert url.endswith("/jobschedules/s")
    assert answer.headers["dataserviceid"] == url
    for method, path, body, status in (
        ("POST", "/disable", None, 204),
        ("POST", "/enable", None, 204),
        ("PATCH", "", {"schedule": DAILY}, 200),
        ("PUT", "", {"schedule": DAILY, "jobSpecification": SPECIFICATION}, 200),
        ("POST", "/terminate", None, 202),
    ):
        answer = wire(method, f"/jobschedules/s{path}", body)
        assert (answer.status, answer.headers["dataserviceid"]) == (status, url + path)
        assert answer.headers["etag"] == wire("HEAD", "/jobschedules/s").headers["etag"]
    answer = wire("DELETE", "/jobschedules/s?force=true")
    assert (answer.status, "etag" in answer.headers) == (202, False)


def test_the_public_client_goes_through_the_life_of_a_schedule(batch: BatchClient, pool: str, until: Until) -> None:
    specification = models.BatchJobSpecification(
        pool_info=models.BatchPoolInfo(pool_id=pool),
        all_tasks_complete_mode="noaction",
        job_manager_task=models.BatchJobManagerTask(id="jm", command_line="sleep 600"),
    )
    schedule = models.BatchJobScheduleConfiguration(recurrence_interval=dt.timedelta(days=1))
    batch.create_job_schedule(
        models.BatchJobScheduleCreateOptions(id="s", schedule=schedule, job_specification=specification)
    )
    assert batch.job_schedule_exists("s")
    until(lambda: batch.get_task("s:job-1", "jm").state == "running")
    batch.disable_job_schedule("s")
    assert batch.get_job_schedule("s").state == "disabled"
    batch.enable_job_schedule("s")
    batch.update_job_schedule(
        "s", models.BatchJobScheduleUpdateOptions(metadata=[models.BatchMetadataItem(name="k", value="v")])
    )
    assert [found.id for found in batch.list_job_schedules(filter="state eq 'active'")] == ["s"]
    assert [job.id for job in batch.list_jobs_from_schedule("s")] == ["s:job-1"]
    task = batch.get_task("s:job-1", "jm")
    assert task.node_info is not None
    assert task.node_info.task_root_directory == "workitems/s/job-1/jm"
    batch.begin_terminate_job_schedule("s", polling_interval=0).result()
    ended = batch.get_job_schedule("s")
    assert (ended.state, ended.previous_state) == ("completed", "active")
    job = batch.get_job("s:job-1")
    assert job.execution_info is not None
    assert (job.state, job.execution_info.termination_reason) == ("completed", "TerminateWorkitem")
    batch.begin_delete_job_schedule("s", polling_interval=0).result()
    with pytest.raises(ResourceNotFoundError):
        batch.get_job_schedule("s")
    with pytest.raises(ResourceNotFoundError):
        batch.get_job("s:job-1")


def test_a_job_follows_the_last_one_when_it_is_due(wire: Any, until: Until) -> None:
    add(wire, {"doNotRunUntil": moment(-58.5), "recurrenceInterval": "PT1M"})
    assert shown(wire)["executionInfo"]["recentJob"]["id"] == "s:job-1"
    due = shown(wire)["executionInfo"]["nextRunTime"]
    until(lambda: shown(wire)["executionInfo"]["nextRunTime"] > due)
    assert shown(wire)["executionInfo"]["recentJob"]["id"] == "s:job-1"
    wire("POST", "/jobs/s:job-1/terminate")
    until(lambda: shown(wire)["executionInfo"]["recentJob"]["id"] == "s:job-2")
    assert [job["id"] for job in wire("GET", "/jobschedules/s/jobs").json()["value"]] == ["s:job-1", "s:job-2"]
    assert shown(wire)["lastModified"] == shown(wire)["creationTime"]


def test_a_schedule_waits_for_its_first_moment(wire: Any, until: Until) -> None:
    add(wire, {"doNotRunUntil": moment(1)})
    assert shown(wire)["executionInfo"] == {"nextRunTime": shown(wire)["schedule"]["doNotRunUntil"]}
    until(lambda: "recentJob" in shown(wire)["executionInfo"])
    assert "nextRunTime" not in shown(wire)["executionInfo"]


def test_a_schedule_without_recurrence_is_completed_with_its_job(wire: Any, until: Until) -> None:
    add(wire, {}, {**SPECIFICATION, "onAllTasksComplete": "terminatejob"})
    until(state_is(wire, "completed"))
    document = shown(wire)
    assert document["executionInfo"]["endTime"] == document["stateTransitionTime"]
    assert document["lastModified"] == document["creationTime"]
    assert wire("PATCH", "/jobschedules/s", {"schedule": {}}).code == "JobScheduleCompleted"
    assert wire("POST", "/jobschedules/s/disable").code == "JobScheduleCompleted"
    assert wire("DELETE", "/jobschedules/s").status == 202


def test_a_disabled_schedule_makes_no_jobs_until_it_is_enabled(wire: Any, until: Until) -> None:
    add(wire, {"doNotRunUntil": moment(0.5)})
    wire("POST", "/jobschedules/s/disable")
    assert wire("POST", "/jobschedules/s/disable").code == "JobScheduleDisabled"
    until(lambda: "nextRunTime" not in shown(wire)["executionInfo"])
    assert "recentJob" not in shown(wire)["executionInfo"]
    wire("POST", "/jobschedules/s/enable")
    assert shown(wire)["executionInfo"]["recentJob"]["id"] == "s:job-1"
    assert wire("POST", "/jobschedules/s/enable").code == "OperationInvalidForCurrentState"


def test_changes_reach_later_jobs_only(wire: Any) -> None:
    add(wire, DAILY, {**SPECIFICATION, "priority": 5}, displayName="name", metadata=[{"name": "a", "value": "b"}])
    before = shown(wire)["executionInfo"]["nextRunTime"]
    change = {"schedule": {"recurrenceInterval": "P2D"}, "jobSpecification": {**SPECIFICATION, "priority": 6}}
    assert wire("PATCH", "/jobschedules/s", change).status == 200
    document = shown(wire)
    assert (document["jobSpecification"]["priority"], document["displayName"]) == (6, "name")
    assert document["metadata"] == [{"name": "a", "value": "b"}]
    assert document["executionInfo"]["nextRunTime"] > before
    assert wire("GET", "/jobs/s:job-1").json()["priority"] == 5
    assert wire("PUT", "/jobschedules/s", change).status == 200
    assert "metadata" not in shown(wire)
    assert wire("PUT", "/jobschedules/s", {"schedule": DAILY}).values == {"PropertyName": "jobSpecification"}


def test_deleting_a_schedule_shows_that_it_is_under_way(wire: Any, until: Until) -> None:
    add(wire, DAILY)
    assert wire("DELETE", "/jobschedules/s").status == 202
    document = shown(wire)
    assert (document["state"], document["previousState"]) == ("deleting", "active")
    assert document["lastModified"] == document["creationTime"]
    assert wire("DELETE", "/jobschedules/s").code == "JobScheduleBeingDeleted"
    until(lambda: wire("GET", "/jobschedules/s").status == 404)
    assert wire("GET", "/jobschedules/s").code == "JobScheduleNotFound"


def test_ids_of_schedules_and_jobs_do_not_meet(wire: Any, batch: BatchClient) -> None:
    add(wire, DAILY)
    assert wire("POST", "/jobs", {"id": "S", **SPECIFICATION}).code == "JobScheduleWithSameIdExists"
    wire("POST", "/jobs", {"id": "j", **SPECIFICATION})
    document = {"id": "j", "schedule": DAILY, "jobSpecification": SPECIFICATION}
    assert wire("POST", "/jobschedules", document).code == "JobWithSameIdExists"
    assert wire("POST", "/jobschedules", {**document, "id": "s"}).code == "JobScheduleExists"
    with pytest.raises(ResourceExistsError):
        batch.create_job(models.BatchJobCreateOptions(id="s", pool_info=models.BatchPoolInfo(pool_id="none")))


@pytest.mark.parametrize(
    ("schedule", "name"),
    [
        ({"recurrenceInterval": "PT59S"}, "recurrenceInterval"),
        ({"startWindow": "PT1S"}, "startWindow"),
        ({"doNotRunUntil": "tomorrow"}, "doNotRunUntil"),
        ({"doNotRunUntil": "2030-01-02T00:00:00Z", "doNotRunAfter": "2030-01-01T00:00:00Z"}, "doNotRunAfter"),
    ],
)
def test_times_that_make_no_sense_are_refused(wire: Any, schedule: dict[str, Any], name: str) -> None:
    answer = wire("POST", "/jobschedules", {"id": "s", "schedule": schedule, "jobSpecification": SPECIFICATION})
    assert (answer.status, answer.code, answer.values["PropertyName"]) == (400, "InvalidPropertyValue", name)


def test_a_stale_condition_changes_nothing(wire: Any) -> None:
    add(wire, DAILY)
    answer = wire("PATCH", "/jobschedules/s", {"schedule": {}}, headers={"If-Match": '"0x1"'})
    assert (answer.status, answer.code) == (412, "ConditionNotMet")
    assert shown(wire)["schedule"] == DAILY


def test_a_schedule_outlives_the_emulator(tmp_path: Path, connect: Callable[..., BatchClient], until: Until) -> None:
    specification = models.BatchJobSpecification(pool_info=models.BatchPoolInfo(pool_id="none"))
    first_moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    schedule = models.BatchJobScheduleConfiguration(do_not_run_until=first_moment)
    options = models.BatchJobScheduleCreateOptions(id="s", schedule=schedule, job_specification=specification)
    with start_emulator(tmp_path) as running, connect(default_account(running)) as batch:
        batch.create_job_schedule(options)
    with start_emulator(tmp_path) as running, connect(default_account(running)) as batch:
        until(lambda: [job.id for job in batch.list_jobs_from_schedule("s")] == ["s:job-1"])
        assert batch.get_job_schedule("s").state == "active"


def default_account(running: Emulator) -> EmulatorAccount:
    return EmulatorAccount(running.endpoint, running.account_name, running.account_key)


@pytest.mark.parametrize("step", [-3600, 3600])
def test_a_schedule_keeps_its_times_when_the_clock_steps_by_an_hour_and_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wire: Any, until: Until, step: int
) -> None:
    shift = [0]
    with start_emulator(tmp_path) as own:
        monkeypatch.setattr(own._registry.clock, "_read_wall", lambda: time.time_ns() + shift[0] * 10**9)
        served = type(wire)(EmulatorAccount(own.endpoint, own.account_name, own.account_key))

        def runs(name: str) -> int:
            dates = {"ocp-date": formatdate(time.time() + shift[0], usegmt=True)}
            answer = served("GET", f"/jobschedules/{name}/jobs", headers=dates)
            return len(answer.json()["value"])

        def new(name: str, first: float) -> None:
            dates = {"ocp-date": formatdate(time.time() + shift[0], usegmt=True)}
            times = {"doNotRunUntil": moment(shift[0] + first), "recurrenceInterval": "P1D"}
            document = {"id": name, "schedule": times, "jobSpecification": SPECIFICATION}
            assert served("POST", "/jobschedules", document, headers=dates).status == 201

        new("due", -5)
        until(lambda: runs("due") == 1)
        for shift[0] in (step, 0):
            name = f"after{shift[0]}"
            new(f"{name}-due", -5)
            new(f"{name}-waits", 1800)
            new(f"{name}-soon", 1)
            for each in (f"{name}-due", f"{name}-soon"):
                until(partial(runs, each))
                assert runs(each) == 1
            assert (runs("due"), runs(f"{name}-waits")) == (1, 0)
