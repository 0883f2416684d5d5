from __future__ import annotations

from in_memory_run import NOW
from plans import a_pool_snapshot

from recipebatch.phases.watch.stuck_jobs import stuck_reason
from recipebatch.plan import fixed_formula, with_expiry_rule
from recipebatch.service import NodeSnapshot


def test_a_stuck_job_says_why() -> None:
    idle = NodeSnapshot(id="n", state="idle")
    failed = NodeSnapshot(id="n", state="starttaskfailed")
    quota = (("AccountCoreQuotaReached", "no cores left"),)
    assert "no longer exists" in stuck_reason(None, [])
    assert stuck_reason(a_pool_snapshot(resize_errors=quota), []) == "no cores left (AccountCoreQuotaReached)"
    failing = a_pool_snapshot(auto_scale_formula="a", formula_error=("E", "Undefined symbol: a"))
    assert stuck_reason(failing, []).startswith("the autoscale formula of pool p1 fails: Undefined symbol: a (E)")
    assert stuck_reason(a_pool_snapshot(allocation_state="resizing"), []) == "pool p1 is resizing"
    assert stuck_reason(a_pool_snapshot(), []) == "pool p1 has no nodes; 1 node requested now"
    assert stuck_reason(a_pool_snapshot(), [failed]) == "all 1 nodes of pool p1 are starttaskfailed"
    assert stuck_reason(a_pool_snapshot(), [idle, failed]) == "nodes of pool p1: 1 idle, 1 starttaskfailed"


def test_a_pool_without_nodes_is_said_with_the_size_it_was_scaled_to() -> None:
    empty = {"target_dedicated_nodes": 0, "current_dedicated_nodes": 0}
    command = "recipebatch scale --run r1 --nodes N"
    said = "pool p1 is scaled to 0 nodes"
    for formula in (None, fixed_formula(0, 0), with_expiry_rule(fixed_formula(0, 0), NOW)):
        scaled = a_pool_snapshot(auto_scale_formula=formula, **empty)
        assert stuck_reason(scaled, [], command) == f"{said}; give it nodes: {command}"
        assert stuck_reason(scaled, []) == said
    expired = a_pool_snapshot(auto_scale_formula=with_expiry_rule(fixed_formula(3, 0), NOW), **empty)
    ended = "pool p1 has no nodes; 0 nodes requested now, 3 nodes until 2026-01-02 03:04 UTC"
    assert stuck_reason(expired, [], command) == ended
    own = a_pool_snapshot(auto_scale_formula="$TargetDedicatedNodes = $PendingTasks;", **empty)
    assert stuck_reason(own, [], command) == "pool p1 has no nodes; 0 nodes requested now"
