from __future__ import annotations

from dataclasses import replace

import pytest
from in_memory_run import NOW, RECORD, World
from plans import a_container, a_job, a_plan, a_task

from recipebatch.errors import RecipeBatchError, RunPausedError, ServiceError, UsageError
from recipebatch.phases import STAGE, PhaseOptions
from recipebatch.plan.model import PlannedAfter
from recipebatch.report import PhaseReport

LATER = a_job(a_task("t"), logical="later", after=(PlannedAfter(job="job", on_failed="block"),))


def test_a_later_job_waits_until_it_was_expanded() -> None:
    plan = a_plan(jobs=(a_job(a_task("t")), LATER))
    assert [job.logical for job in World(plan=plan).run().waiting] == ["later"]
    assert World(plan=plan, record=replace(RECORD, job_listings={"later": {}})).run().waiting == ()


def test_a_phase_that_fails_is_recorded_as_failed_and_one_that_is_interrupted_by_a_pause_is_not() -> None:
    for error, state in ((ServiceError("no"), "failed"), (RunPausedError("wait"), "started")):
        world = World()

        def fail(error: RecipeBatchError = error) -> None:
            raise error

        with pytest.raises(RecipeBatchError):
            world.run()._phase(STAGE, fail)  # type: ignore[arg-type]
        assert world.records.kept.state_of("stage") == state


def test_a_run_that_is_known_by_its_labels_is_planned_without_its_record() -> None:
    record = replace(RECORD, retries=[{"job": "gone"}], sizes={"pool": {}}, listings={"gone": ["a"]})
    world = World(plan=a_plan(jobs=(a_job(a_task("t")),)), record=record)
    run = world.run(by_labels="unknown key former_key")
    run._phase(STAGE, lambda: PhaseReport(phase="stage", summary="nothing"))
    assert world.plans == [(None, {})]
    assert (world.records.kept.state_of("stage"), world.records.kept.retries) == ("done", [{"job": "gone"}])
    assert run.missing_outputs() is None
    assert run.uncollected() == ""


def test_what_would_be_lost_is_not_known_of_a_run_that_is_known_by_its_labels() -> None:
    world = World(
        plan=a_plan(containers=(a_container("output", "r1-output"),)), record=RECORD.with_phase("submit", "done", NOW)
    )
    run = world.run(by_labels="unknown key former_key")
    assert run.uncollected() == "which containers have some is not known, as the run has no plan any more"
    with pytest.raises(UsageError) as raised:
        run.purge(PhaseOptions())
    assert raised.value.hint == "delete them too: recipebatch purge --run r1 --force"
