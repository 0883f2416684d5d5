from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from in_memory_run import NOW
from plans import a_pool_snapshot

from recipebatch.phases.watch.diagnosis.pools import PoolLook, node_trouble, pool_findings
from recipebatch.plan import fixed_formula, with_expiry_rule
from recipebatch.service import NodeSnapshot, PoolSnapshot

if TYPE_CHECKING:
    from recipebatch.phases.watch.diagnosis.findings import Finding

SCALE = "recipebatch scale --run r1 --nodes N"
QUOTA = (("AccountCoreQuotaReached", "no cores left"),)
EMPTY = {"target_dedicated_nodes": 0, "current_dedicated_nodes": 0}


def node(state: str, name: str = "n1", **more: object) -> NodeSnapshot:
    return NodeSnapshot(id=name, state=state, **more)  # type: ignore[arg-type]


def failed_by(code: str, exit_code: int | None = None) -> NodeSnapshot:
    """A node whose start task failed."""
    return node("starttaskfailed", start_task_failure=(code, "no"), start_task_exit_code=exit_code)


def look(pool: PoolSnapshot | None, *nodes: NodeSnapshot, **more: object) -> PoolLook:
    settings: dict[str, object] = {"pool_id": "p1", "pool": pool, "nodes": nodes, "run_option": "--run r1"}
    return PoolLook(**(settings | {"scale_command": SCALE} | more))  # type: ignore[arg-type]


def found(pool: PoolSnapshot | None, *nodes: NodeSnapshot, **more: object) -> list[Finding]:
    return pool_findings(look(pool, *nodes, **more))


def only(pool: PoolSnapshot | None, *nodes: NodeSnapshot, **more: object) -> tuple[str, str]:
    (one,) = found(pool, *nodes, **more)
    assert one.steps, "each says what to do"
    return one.code, one.sentence


def test_nothing_is_found_where_all_nodes_take_tasks() -> None:
    assert found(a_pool_snapshot(), node("idle"), node("running", "n2")) == []


def test_a_pool_that_is_gone_or_going() -> None:
    assert only(None) == ("pool-missing", "pool p1 no longer exists")
    assert found(None)[0].command == "recipebatch provision --run r1"
    assert "existing: true" in found(None, existing=True)[0].steps[0]
    assert only(a_pool_snapshot(state="deleting")) == ("pool-deleting", "pool p1 is being deleted")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AccountCoreQuotaReached", "quota"),
        ("AccountLowPriorityCoreQuotaReached", "quota"),
        ("AllocationFailed", "allocation-failed"),
        ("AllocationTimedout", "allocation-failed"),
    ],
)
def test_nodes_that_could_not_be_allocated(code: str, expected: str) -> None:
    pool = a_pool_snapshot(target_dedicated_nodes=4, current_dedicated_nodes=0, resize_errors=((code, "none left"),))
    assert only(pool) == (expected, f"pool p1 got 0 of 4 nodes: none left ({code})")
    assert SCALE in found(pool)[0].steps
    (some,) = found(pool, node("idle"), node("idle", "n2"))
    assert (some.partial, some.sentence[:26]) == (True, "pool p1 got 2 of 4 nodes: ")


def test_a_formula_that_fails_is_shown_with_its_text_and_variables() -> None:
    formula = with_expiry_rule("n = $CPUPercent.GetSample(1);\n$TargetDedicatedNodes = n;", NOW)
    pool = a_pool_snapshot(auto_scale_formula=formula, formula_error=("E", "Undefined symbol: a"))
    (one,) = found(pool)
    assert (one.code, one.sentence[:62]) == (
        "formula-failed",
        "the autoscale formula of pool p1 fails: Undefined symbol: a (E",
    )
    assert one.evidence[0] == "formula: n = $CPUPercent.GetSample(1);\n$TargetDedicatedNodes = n;"
    assert one.evidence[1] == "evaluated: no result"


def test_a_formula_that_gives_no_nodes_is_shown_with_what_it_gave() -> None:
    pool = a_pool_snapshot(
        auto_scale_formula="n = $PendingTasks.GetSample(1); $TargetDedicatedNodes = n;",
        formula_results=("$TargetDedicatedNodes=0", "n=0", "recipebatchExpired=0"),
        body={"autoScaleRun": {"timestamp": "2026-01-02T03:04:05.678Z"}},
        **EMPTY,
    )
    assert only(pool) == ("formula-gives-none", "the autoscale formula of pool p1 gives 0 nodes")
    assert found(pool)[0].evidence[1] == "evaluated: $TargetDedicatedNodes=0, n=0 at 2026-01-02 03:04:05 UTC"


def test_a_pool_without_nodes_says_whether_it_is_scaled_expired_or_not_there_yet() -> None:
    for formula in (None, fixed_formula(0, 0), with_expiry_rule(fixed_formula(0, 0), NOW)):
        scaled = a_pool_snapshot(auto_scale_formula=formula, **EMPTY)
        assert only(scaled) == ("scaled-to-none", "pool p1 is scaled to 0 nodes")
        assert found(scaled)[0].command == SCALE
    assert found(a_pool_snapshot(**EMPTY), scale_command="")[0].command == "az batch pool resize --pool-id p1"
    expired = a_pool_snapshot(auto_scale_formula=with_expiry_rule(fixed_formula(3, 0), NOW), **EMPTY)
    ended = "pool p1 has no nodes: 0 nodes requested now, 3 nodes until 2026-01-02 03:04 UTC"
    assert only(expired) == ("pool-expired", ended)
    assert only(a_pool_snapshot(allocation_state="resizing")) == ("resizing", "pool p1 is resizing: 1 node requested")
    assert only(a_pool_snapshot()) == ("no-nodes", "pool p1 has no nodes: 1 node requested now")


@pytest.mark.parametrize(
    ("broken", "code", "said"),
    [
        (
            node("starttaskfailed", start_task_exit_code=7),
            "start-task-failed",
            "the start task failed on OF: exit code 7",
        ),
        (failed_by("BlobNotFound"), "start-task-failed", "the start task failed on OF: no (BlobNotFound)"),
        (failed_by("ContainerInvalidImage"), "image", "OF cannot use a container image: no (ContainerInvalidImage)"),
        (node("unusable", errors=("E: no pull",)), "image", "OF cannot use a container image: E: no pull"),
        (node("unusable", errors=("Disk: full",)), "nodes-unusable", "OF is unusable: Disk: full"),
        (node("unusable"), "nodes-unusable", "OF is unusable: the service gives no reason"),
        (node("unknown"), "nodes-lost", "OF is unknown: the service has lost contact with it"),
        (node("offline", takes_tasks=False), "nodes-offline", "task scheduling is disabled on OF"),
        (node("idle", takes_tasks=False), "nodes-offline", "task scheduling is disabled on OF"),
        (node("preempted"), "nodes-preempted", "OF was preempted: Azure needed the spot capacity"),
        (node("waitingforstarttask"), "start-task-running", "OF still runs its start task"),
        (node("leavingpool"), "resizing", "OF is being removed"),
        (node("creating"), "nodes-starting", "OF is starting (1 creating)"),
    ],
)
def test_nodes_that_start_no_task_say_why(broken: NodeSnapshot, code: str, said: str) -> None:
    assert only(a_pool_snapshot(), broken) == (code, said.replace("OF", "the 1 node of pool p1"))


def test_what_is_wrong_with_one_node() -> None:
    assert node_trouble(node("idle")) == ""
    assert node_trouble(node("creating")) == ""
    assert node_trouble(node("preempted")) == ""
    assert node_trouble(node("idle", takes_tasks=False)) == "idle, scheduling off"
    assert node_trouble(node("unusable", errors=("Disk: full",))) == "unusable; Disk: full"
    assert node_trouble(failed_by("", 7)) == "starttaskfailed: exit code 7"


def test_several_nodes_are_counted_and_named_with_what_they_wrote() -> None:
    failed = [node("starttaskfailed", f"n{number}", start_task_exit_code=7) for number in range(7)]
    (one,) = found(a_pool_snapshot(), *failed, outputs={"n0": "    | it broke"})
    assert one.sentence == "the start task failed on all 7 nodes of pool p1: exit code 7"
    line = "node n{}: starttaskfailed: exit code 7"
    assert one.evidence[:3] == (line.format(0), "    | it broke", line.format(1))
    assert one.evidence[-1] == "and 2 nodes more"
    (some,) = found(a_pool_snapshot(), failed[0], node("idle", "n9"))
    assert (some.sentence, some.partial) == ("the start task failed on 1 of 2 nodes of pool p1: exit code 7", True)


def test_a_pool_in_one_line() -> None:
    assert look(None).text() == "pool p1: there is none"
    assert look(a_pool_snapshot(), node("idle")).text() == "pool p1: active, steady, 1 node (1 idle)"
    assert look(a_pool_snapshot(target_dedicated_nodes=3)).text() == "pool p1: active, steady, 0 nodes of 3 requested"
