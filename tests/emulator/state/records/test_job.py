from __future__ import annotations

from typing import Any


def test_a_job_runs_on_the_pool_it_names_or_on_its_auto_pool(state: Any) -> None:
    job = state.job("MyJob", poolInfo={"poolId": "MyPool"})
    assert (job.key, job.pool_id, job.pool_key) == ("myjob", "MyPool", "mypool")
    job.auto_pool_id = "AUTO"
    assert (job.pool_id, job.pool_key) == ("AUTO", "auto")
