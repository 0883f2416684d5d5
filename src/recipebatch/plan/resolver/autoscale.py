"""Scaling scenarios → autoscale formulas of Azure Batch.

Each is a template whose numbers the recipe gives. Tasks are counted by samples of the service: with fewer than 70 % of
the samples that a window should have, the last one alone counts, as the average of few would lag behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipebatch.plan.resolver.task_demand import Demand
    from recipebatch.properties.pool import AutoScale

_TRUSTED_PERCENTAGE = 70


def formula(scenario: AutoScale, demand: Demand) -> str:
    """The formula of a scenario, for tasks that need so much."""
    target = "$TargetLowPriorityNodes" if scenario.spot else "$TargetDedicatedNodes"
    current = "$CurrentLowPriorityNodes" if scenario.spot else "$CurrentDedicatedNodes"
    wanted = (
        _by_tasks(scenario, demand, current)
        if scenario.scenario in {"active_tasks", "pending_tasks"}
        else _by_clock(scenario)
    )
    lines = [
        *wanted,
        f"{target} = max({scenario.min_nodes}, min({scenario.max_nodes}, wanted));",
        f"$NodeDeallocationOption = {scenario.node_deallocation_option};",
    ]
    return "\n".join(lines)


def _by_tasks(scenario: AutoScale, demand: Demand, current: str) -> list[str]:
    """As many nodes as the tasks need; of queued ones alone, beside the nodes that are busy with the others."""
    tasks = "$ActiveTasks" if scenario.scenario == "active_tasks" else "$PendingTasks"
    lines = [
        f"window = TimeInterval_Second * {int(scenario.sample_window.total_seconds())};",
        f"enough = {tasks}.GetSamplePercent(window) >= {_TRUSTED_PERCENTAGE};",
        # Growing follows the last sample at once, shrinking the average.
        f"last = max(0, {tasks}.GetSample(1));",
        f"tasks = enough ? max(last, avg({tasks}.GetSample(window))) : last;",
    ]
    if demand.besides:
        lines.append(f"tasks = tasks > 0 ? tasks + {demand.besides} : 0;")
    wanted = _nodes_for("tasks", demand)
    if scenario.scenario == "active_tasks":
        running = "max(0, $RunningTasks.GetSample(1))"
        if demand.most_at_once > 1:
            # While it runs, a multi-instance task may count once.
            lines.append(f"running = {running};")
            running = "running"
        lines.append(f"busy = min({current}, {_nodes_for(running, demand)});")
        wanted = f"busy + {wanted}"
    lines.append(f"wanted = {wanted};")
    if scenario.max_increment is not None:
        lines.append(f"wanted = min(wanted, {current} + {scenario.max_increment});")
    return lines


def _nodes_for(tasks: str, demand: Demand) -> str:
    """The nodes that so many tasks need, at least as many as one of them needs at once."""
    nodes, per = demand.nodes_per_task.as_integer_ratio()
    total = tasks if nodes == 1 else f"{tasks} * {nodes}"
    # A target is a whole number: what is left of a division is dropped.
    needed = total if per == 1 else f"({total} + {per - 1}) / {per}"
    if demand.most_at_once == 1:
        return needed
    return f"({tasks} > 0 ? max({needed}, {demand.most_at_once}) : 0)"


def _by_clock(scenario: AutoScale) -> list[str]:
    """All nodes during the given time, the minimum otherwise.

    Monday is 1 and Friday 5; whether Sunday is 0 or 7 is not documented, and does not matter here.
    """
    lines = [
        f"clock = time() + TimeInterval_Minute * {round(scenario.utc_offset * 60)};",
        "weekday = clock.weekday >= 1 && clock.weekday <= 5;",
    ]
    if scenario.scenario == "workday":
        first, last = scenario.start_hour, scenario.end_hour
        if first < last:
            lines.append(f"meant = weekday && clock.hour >= {first} && clock.hour < {last};")
        else:
            # A night shift is of the day on which it begins: that of Friday ends on Saturday.
            lines.append("evening_before = clock.weekday >= 2 && clock.weekday <= 6;")
            night = f"(evening_before && clock.hour < {last})"
            lines.append(f"meant = (weekday && clock.hour >= {first}) || {night};")
    else:
        lines.append("meant = !weekday;")
    return [*lines, f"wanted = meant ? {scenario.max_nodes} : {scenario.min_nodes};"]
