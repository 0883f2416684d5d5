"""Pools of a plan as text."""

from __future__ import annotations

from datetime import timedelta

from plans import a_job, a_plan, a_pool, a_task

from recipebatch.cli.render.plan.marks import Marks
from recipebatch.cli.render.plan.pools import pool_section
from recipebatch.plan import DeferredText, PoolSize, SecretParameter
from recipebatch.plan.model import PlannedAfter, PlannedAutoScale, PlannedPool
from recipebatch.properties.files import ResourceFile
from recipebatch.properties.pool import ContainerConfiguration, Mount, StartTask
from recipebatch.properties.task import UserIdentity


def shown(*pools: PlannedPool, scaled: dict[str, PoolSize] | None = None) -> list[str]:
    return [
        line for block in pool_section(a_plan(pools=pools), scaled or {}, Marks(None)).blocks for line in block.lines
    ]


def test_a_pool_that_was_scaled_shows_both_numbers_of_nodes() -> None:
    lines = shown(a_pool(target_dedicated_nodes=2), a_pool(logical="q", id="p2"), scaled={"pool": PoolSize(5, 0)})
    assert "  pool p1: 5 nodes by `scale` (recipe: 2) × standard_d2s_v3 · 1 task slot per node" in lines
    assert "  pool p2: 1 × standard_d2s_v3 · 1 task slot per node" in lines


def test_a_pool_that_exists_is_called_existing() -> None:
    assert shown(a_pool(existing=True)) == ["  existing pool p1", "    the run neither adds nor removes nodes"]


def test_a_start_task_shows_its_own_commands_and_under_which_account_they_run() -> None:
    task = StartTask(
        command_line="/bin/sh -c 'set -e\napt-get update\n{ (exit $?);} 2>/dev/null\n'",
        resource_files=(ResourceFile(container="app", file_path="a.py", blob="a.py"),),
        environment_settings=(("KEY", DeferredText(SecretParameter("s"))),),
        user_identity=UserIdentity(scope="pool", elevation_level="admin"),
        max_task_retry_count=1,
        wait_for_success=False,
    )
    lines = shown(a_pool(start_task=task))
    assert lines[-4:] == [
        "    start task, as root, 2 tries, tasks do not wait for its success:",
        "      apt-get update",
        "      resource file a.py from app/a.py",
        "      KEY=***",
    ]
    windows = shown(a_pool(start_task=task, os="windows"))
    assert "    start task, as administrator, 2 tries, tasks do not wait for its success:" in windows


def test_what_a_pool_has_beside_its_nodes_is_shown() -> None:
    lines = shown(
        a_pool(
            auto_scale=PlannedAutoScale(
                formula="a = 1;\n\n$b = a;", evaluation_interval=timedelta(minutes=5), scenario="workday"
            ),
            vm_sizes=("standard_d2s_v3", "standard_d4s_v3"),
            min_ready_nodes=3,
            node_fill_type="pack",
            enable_inter_node_communication=True,
            container_configuration=ContainerConfiguration(image_names=("a:1", "b:2"), registries=()),
            mounts=(Mount(container="data", relative_mount_path="d"),),
            application_package_references=(("tool", "1.0"), ("other", None)),
            properties={"certificateReferences": [DeferredText(SecretParameter("s"))]},
            raw={"x": 1},
        )
    )  # fmt: skip
    assert lines[0] == "  pool p1: autoscaled × standard_d2s_v3 · 1 task slot per node"
    for line in (
        "    scenario: workday", "    formula: a = 1;", "    formula: $b = a;", "    continues with 3 ready nodes",
        "    VM sizes to try if it is not available: standard_d4s_v3", "    node fill type: pack",
        "    inter-node communication", "    containers: a:1, b:2", "    mounts container data as d",
        "    application packages: tool 1.0, other", '    certificateReferences: ["***"]', '    raw: {"x": 1}',
    ):  # fmt: skip
        assert line in lines
    assert "    containers: pulled when needed" in shown(
        a_pool(container_configuration=ContainerConfiguration(image_names=(), registries=()))
    )


def test_a_pool_that_only_later_jobs_run_on_says_when_it_is_made() -> None:
    later = a_job(a_task("b"), logical="b", pool="q", after=(PlannedAfter(job="job", on_failed="block"),))
    plan = a_plan(pools=(a_pool(), a_pool(logical="q", id="p2")), jobs=(a_job(a_task("a")), later))
    first, second = pool_section(plan, {}, Marks(None)).blocks
    made = "    made when job job has ended, not if it failed"
    assert (made in first.lines, made in second.lines) == (False, True)
