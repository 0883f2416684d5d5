from __future__ import annotations

from dataclasses import replace

import pytest
from in_memory_run import RECORD, World
from plans import a_job, a_plan, a_task

from recipebatch.errors import RecipeBatchError, RunPausedError, ServiceError
from recipebatch.phases import STAGE
from recipebatch.plan.model import PlannedAfter

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
