"""Formulas of the article and of public projects, on pools whose samples are known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recipebatch.emulator.scheduler.autoscale import AutoScaleRun, PoolSizes, Samples, evaluate

FRIDAY_NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

PENDING_TASKS = """
startingNumberOfVMs = 1;
maxNumberofVMs = 25;
pendingTaskSamplePercent = $PendingTasks.GetSamplePercent(180 * TimeInterval_Second);
pendingTaskSamples = pendingTaskSamplePercent < 70 ? startingNumberOfVMs :
  avg($PendingTasks.GetSample(180 * TimeInterval_Second));
$TargetDedicatedNodes=min(maxNumberofVMs, pendingTaskSamples);
$NodeDeallocationOption = taskcompletion;
"""
PREEMPTED_NODES = """
maxNumberofVMs = 25;
$TargetDedicatedNodes = min(maxNumberofVMs, $PreemptedNodeCount.GetSample(180 * TimeInterval_Second));
$TargetLowPriorityNodes = min(maxNumberofVMs , maxNumberofVMs - $TargetDedicatedNodes);
$NodeDeallocationOption = taskcompletion;
"""
CPU = """
$totalDedicatedNodes =
    (min($CPUPercent.GetSample(TimeInterval_Minute * 10)) > 0.7) ?
    ($CurrentDedicatedNodes * 1.1) : $CurrentDedicatedNodes;
$totalDedicatedNodes =
    (avg($CPUPercent.GetSample(TimeInterval_Minute * 60)) < 0.2) ?
    ($CurrentDedicatedNodes * 0.9) : $totalDedicatedNodes;
$TargetDedicatedNodes = min(400, $totalDedicatedNodes)
"""
WORKING_HOURS = """
$curTime = time();
$workHours = $curTime.hour >= 8 && $curTime.hour < 18;
$isWeekday = $curTime.weekday >= 1 && $curTime.weekday <= 5;
$isWorkingWeekdayHour = $workHours && $isWeekday;
$TargetDedicatedNodes = $isWorkingWeekdayHour ? 20:10;
"""
TASKS = """
// Get pending tasks for the past 15 minutes.
$samples = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 15);
// If we have fewer than 70 percent data points, we use the last sample point,
// otherwise we use the maximum of last sample point and the history average.
$tasks = $samples < 70 ? max(0,$PendingTasks.GetSample(1)) :
  max( $PendingTasks.GetSample(1), avg($PendingTasks.GetSample(TimeInterval_Minute * 15)));
$targetVMs = $tasks > 0? $tasks:max(0, $TargetDedicatedNodes/2);
$TargetDedicatedNodes = max(0, min($targetVMs, 20));
$NodeDeallocationOption = taskcompletion;
"""
PARALLEL_TASKS = """
$samples = $ActiveTasks.GetSamplePercent(TimeInterval_Minute * 15);
$tasks = $samples < 70 ? max(0,$ActiveTasks.GetSample(1)) :
  max( $ActiveTasks.GetSample(1),avg($ActiveTasks.GetSample(TimeInterval_Minute * 15)));
$cores = $TargetDedicatedNodes * 4;
$extraVMs = (($tasks - $cores) + 3) / 4;
$targetVMs = ($TargetDedicatedNodes + $extraVMs);
$TargetDedicatedNodes = max(0,min($targetVMs,3));
$NodeDeallocationOption = taskcompletion;
"""
INITIAL_SIZE = """
    $TargetDedicatedNodes = 4;
    lifespan         = time() - time("Fri, 20 Nov 2026 11:00:00 GMT");
    span             = TimeInterval_Minute * 60;
    startup          = TimeInterval_Minute * 10;
    ratio            = 50;

    $TargetDedicatedNodes = (lifespan > startup ? (max($RunningTasks.GetSample(span, ratio),
    $ActiveTasks.GetSample(span, ratio)) == 0 ? 0 : $TargetDedicatedNodes) : 4);
"""
WORKFLOW_ENGINE = """
// Get pool lifetime since creation.
lifespan = time() - time("2026-11-20T11:58:00.880011Z");
interval = TimeInterval_Minute * 5;

$samples = $PendingTasks.GetSamplePercent(interval);
$tasks = $samples < 70 ? max(0, $PendingTasks.GetSample(1)) :
  max( $PendingTasks.GetSample(1), avg($PendingTasks.GetSample(interval)));
$targetVMs = $tasks > 0 ? $tasks : max(0, $TargetDedicatedNodes/2);
targetPoolSize = max(0, min($targetVMs, 12));

// For first interval deploy 1 node, for other intervals scale up/down as per tasks.
$TargetDedicatedNodes = lifespan < interval ? 1 : targetPoolSize;
$NodeDeallocationOption = taskcompletion;
"""
PUBLISHED = """
$samples = $ActiveTasks.GetSamplePercent(TimeInterval_Minute * 15);
$tasks = $samples < 70 ? max(0, $ActiveTasks.GetSample(1)) :
max( $ActiveTasks.GetSample(1), avg($ActiveTasks.GetSample(TimeInterval_Minute * 15)));
$targetVMs = $tasks > 0 ? $tasks : max(0, $TargetDedicatedNodes / 2);
cappedPoolSize = 3;
$TargetDedicatedNodes = max(1, min($targetVMs, cappedPoolSize));
$NodeDeallocationOption = taskcompletion;
"""


def steady(minutes: float, **metrics: float) -> Samples:
    """Samples of the last minutes, all alike."""
    samples = Samples()
    count = int(minutes * 2)
    for index in range(count):
        time = FRIDAY_NOON - timedelta(seconds=30 * (count - 1 - index))
        samples.add(time, {f"${name}": value for name, value in metrics.items()})
    return samples


def run(formula: str, samples: Samples, *, target: int = 0, current: int = 0) -> AutoScaleRun:
    sizes = PoolSizes(target_dedicated=target, current_dedicated=current)
    answer = evaluate(formula, now=FRIDAY_NOON, samples=samples, current=sizes)
    assert answer.error is None, answer.error
    return answer


def test_the_published_answer_of_a_real_pool_is_reproduced_exactly() -> None:
    samples = Samples()
    for index in range(1, 30):  # the newest of thirty had not arrived
        samples.add(FRIDAY_NOON - timedelta(seconds=30 * (30 - index)), {"$ActiveTasks": 0})
    assert run(PUBLISHED, samples, target=1).results == (
        "$TargetDedicatedNodes=1;$TargetLowPriorityNodes=0;$NodeDeallocationOption=taskcompletion;"
        "$samples=96.6667;$targetVMs=0.5;$tasks=0;cappedPoolSize=3"
    )


@pytest.mark.parametrize(("pending", "nodes"), [(0, 0), (7, 7), (400, 25)])
def test_pending_tasks_become_nodes(pending: int, nodes: int) -> None:
    answer = run(PENDING_TASKS, steady(3, PendingTasks=pending))
    assert (answer.target_dedicated, answer.node_deallocation_option) == (nodes, "taskcompletion")


def test_a_pool_without_samples_starts_with_the_starting_number() -> None:
    answer = run(PENDING_TASKS, Samples())
    assert answer.results == (
        "$TargetDedicatedNodes=1;$TargetLowPriorityNodes=0;$NodeDeallocationOption=taskcompletion;"
        "maxNumberofVMs=25;pendingTaskSamplePercent=0;pendingTaskSamples=1;startingNumberOfVMs=1"
    )


def test_preempted_nodes_are_replaced_with_dedicated_ones() -> None:
    answer = run(PREEMPTED_NODES, steady(3, PreemptedNodeCount=4))
    assert (answer.target_dedicated, answer.target_low_priority) == (4, 21)


@pytest.mark.parametrize(("load", "nodes"), [(0.9, 11), (0.5, 10), (0.1, 9)])
def test_load_changes_the_size_by_a_tenth(load: float, nodes: int) -> None:
    assert run(CPU, steady(60, CPUPercent=load), current=10).target_dedicated == nodes


@pytest.mark.parametrize(
    ("now", "nodes", "shown"),
    [
        (
            datetime(2026, 11, 20, 9, 18, 47, 805000, tzinfo=UTC),
            20,
            "$curTime=2026-11-20T09:18:47.805Z;$isWeekday=1;$isWorkingWeekdayHour=1;$workHours=1",
        ),
        (
            datetime(2016, 10, 13, 19, 18, 47, 805000, tzinfo=UTC),
            10,
            "$curTime=2016-10-13T19:18:47.805Z;$isWeekday=1;$isWorkingWeekdayHour=0;$workHours=0",
        ),
        (
            datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
            10,
            "$curTime=2026-11-22T09:00:00.000Z;$isWeekday=0;$isWorkingWeekdayHour=0;$workHours=1",
        ),
    ],
)
def test_the_working_week_has_more_nodes(now: datetime, nodes: int, shown: str) -> None:
    answer = evaluate(WORKING_HOURS, now=now, samples=Samples(), current=PoolSizes())
    targets = f"$TargetDedicatedNodes={nodes};$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"
    assert answer.results == f"{targets};{shown}"


@pytest.mark.parametrize(
    ("minutes", "pending", "target", "nodes"),
    [(15, 6, 0, 6), (15, 0, 8, 4), (15, 90, 0, 20), (2, 5, 0, 5), (0, 0, 8, 4)],
)
def test_tasks_size_the_pool_and_an_idle_pool_halves(minutes: int, pending: int, target: int, nodes: int) -> None:
    assert run(TASKS, steady(minutes, PendingTasks=pending), target=target).target_dedicated == nodes


@pytest.mark.parametrize(("active", "target", "nodes"), [(0, 0, 0), (1, 0, 1), (5, 0, 2), (90, 0, 3), (0, 2, 0)])
def test_four_tasks_share_a_node(active: int, target: int, nodes: int) -> None:
    assert run(PARALLEL_TASKS, steady(15, ActiveTasks=active), target=target).target_dedicated == nodes


@pytest.mark.parametrize(("running", "nodes"), [(0, 0), (3, 4)])
def test_after_its_first_minutes_an_idle_pool_has_no_nodes(running: int, nodes: int) -> None:
    assert run(INITIAL_SIZE, steady(60, RunningTasks=running, ActiveTasks=0)).target_dedicated == nodes


def test_after_its_first_minutes_a_pool_without_samples_is_an_error() -> None:
    answer = evaluate(INITIAL_SIZE, now=FRIDAY_NOON, samples=Samples(), current=PoolSizes(target_dedicated=4))
    assert answer.error is not None
    assert answer.error.values == (
        ("Message", "Line 8, Col 56: Insufficient data from data set: $RunningTasks wanted 50%, received 0%"),
    )
    assert answer.target_dedicated == 4


def test_a_workflow_engines_pool_begins_with_one_node() -> None:
    assert run(WORKFLOW_ENGINE, steady(2, PendingTasks=30)).target_dedicated == 1
    later = WORKFLOW_ENGINE.replace("11:58", "11:38")
    assert run(later, steady(20, PendingTasks=30)).target_dedicated == 12
    assert run(later, Samples(), target=3).target_dedicated == 1


def test_mondays_have_five_nodes() -> None:
    formula = "$TargetDedicatedNodes = (time().weekday == 1 ? 5:1);"
    monday = evaluate(formula, now=FRIDAY_NOON + timedelta(days=3), samples=Samples(), current=PoolSizes())
    assert (monday.target_dedicated, run(formula, Samples()).target_dedicated) == (5, 1)


def test_a_local_time_is_a_sum() -> None:
    answer = run("$curTime = time() + (-6 * TimeInterval_Hour);", Samples())
    assert answer.results.endswith(";$curTime=2026-11-20T06:00:00.000Z")
