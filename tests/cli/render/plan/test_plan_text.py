"""Plans as text."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from plans import a_job, a_plan, a_pool, a_task

from recipebatch import Recipe
from recipebatch.cli.render.plan import Block, Section, painted, plan_text
from recipebatch.plan.model import MachineInputs, PlannedContainer, PlannedUpload, TakenFile, TakenSecret
from recipebatch.properties.files import Collect
from recipebatch.properties.task import TaskConstraints

BUNDLED = ("topn", "mpi", "nightly", "twostage", "wordcount", "montecarlo", "rows", "images", "containers")


def a_container(name: str, files: int = 0) -> PlannedContainer:
    uploads = tuple(
        PlannedUpload(blob=f"f{n}.txt", source=Path(f"/data/{n % 7}/f{n}.txt"), size=1) for n in range(files)
    )
    return PlannedContainer(logical=name, name=name, existing=False, uploads=uploads)  # type: ignore[arg-type]


def test_a_plan_has_its_parts_in_order() -> None:
    tasks = [a_task(f"t{number}", command_line="echo one\necho two") for number in range(22)]
    text = plan_text(a_plan(pools=(a_pool(target_low_priority_nodes=2),), jobs=(a_job(*tasks),)))
    lines = text.splitlines()
    assert lines[0] == "recipe r"
    assert "  pool p1: 1 + 2 spot × standard_d2s_v3 · 1 task slot per node" in lines
    assert "  job j1: 22 tasks · at most 1 h" in lines
    head = lines.index("    t × 22: t0 … t21 · no time limit, 1 try, 1 slot")
    assert lines[head + 1 : head + 4] == ["      for example task t0:", "        echo one", "        echo two"]
    assert lines[-5:] == [
        "In the end",
        "  purge always",
        "  expires in 2 hours: SAS tokens end and pools scale to zero",
        "",
        "Plan: 1 pool, 1 job, 22 tasks to create (not compared)",
    ]


def test_all_tasks_are_listed_where_they_are_asked_for() -> None:
    tasks = [a_task(f"t{number}", f"echo {number}") for number in range(500)]
    files = a_container("in", 300)
    lines = plan_text(a_plan(containers=(files,), jobs=(a_job(*tasks),)), all_tasks=True).splitlines()
    assert lines.count("    task t499 · no time limit, 1 try, 1 slot") == 1
    assert sum(line.startswith("    task t") for line in lines) == 500
    assert sum(line.startswith("    f") and line.endswith(".txt") for line in lines) == 300


def test_a_section_of_others_stands_before_the_end() -> None:
    lines = plan_text(a_plan(), more=(Section("Cost", (Block(("  2 USD per hour",)),)),)).splitlines()
    assert lines.index("  2 USD per hour") == lines.index("Cost") + 1 < lines.index("In the end")


def many_of_everything() -> list[tuple[str, dict[str, object]]]:
    """Recipes with so much of one kind, or of all, that none of it can be listed."""
    several = a_task("w", "\n".join(f"step {n} " + "x" * 500 for n in range(70)))
    pools = tuple(a_pool(logical=f"p{n}", id=f"pool-{n}", raw={"a": "b" * 2000}) for n in range(70))
    jobs = tuple(
        a_job(
            *(a_task(f"t{t}-{n}", several.command_line, environment_settings=(("A", "b"),) * 30) for t in range(2)),
            logical=f"j{n}", id=f"job-{n}", pool=f"p{n}",
        )
        for n in range(70)
    )  # fmt: skip
    containers = tuple(a_container(f"c{n}", 40) for n in range(70))
    return [
        ("tasks", {"jobs": (a_job(*(a_task(f"t{n}") for n in range(5000))),)}),
        ("one long task", {"pools": pools[:1], "jobs": (a_job(several),)}),
        ("pools", {"pools": pools}),
        ("jobs", {"pools": pools[:1], "jobs": jobs}),
        ("containers", {"containers": containers}),
        ("all", {"containers": containers, "pools": pools, "jobs": jobs}),
    ]


@pytest.mark.parametrize("width", [None, 60, 80])
def test_no_recipe_has_a_plan_of_more_than_sixty_lines(width: int | None) -> None:
    downloads = tuple(Collect(container=f"c{n}", into=f"o{n}") for n in range(70))
    taken = MachineInputs(
        folder="/r",
        files=tuple(TakenFile(path=f"/home/{n}/f", use="table") for n in range(900)),
        file_count=5000,
        secrets=tuple(TakenSecret(name=f"s{n}", source="env", used_by=("a",) * 20, uses=40) for n in range(50)),
    )
    more = [Section(title, tuple(Block((f"  {n}",) * 9, "line") for n in range(50))) for title in ("Quota", "Cost")]
    for name, parts in many_of_everything():
        plan = a_plan(**parts, collect=downloads)  # type: ignore[arg-type]
        object.__setattr__(plan, "takes", taken)
        object.__setattr__(plan, "warnings", tuple(f"{n} is old" for n in range(100)))
        lines = plan_text(plan, more=more, width=width).splitlines()
        assert len(lines) <= 60, name
        assert max(map(len, lines)) <= (width or 440), name
        assert sum("(--tasks lists all)" in line for line in lines) >= 3, name
        assert {"Quota", "Cost", "In the end", "Warnings"} <= set(lines), name


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_recipe_shows_each_template_with_its_own_commands(name: str) -> None:
    text = plan_text(Recipe.load(f"builtin:{name}").plan(), width=80)
    assert len(text.splitlines()) <= 60
    assert max(map(len, text.splitlines())) <= 80
    for wrapped in ("set -e", "pipefail", "exit $?"):
        assert wrapped not in text


def test_templates_of_a_later_job_are_shown_as_they_are_written() -> None:
    lines = plan_text(Recipe.load("builtin:twostage").plan()).splitlines()
    head = lines.index("    upper × one per blob of parts")
    assert lines[head + 1] == "        tr a-z A-Z < ${{ file.name }} > upper.txt"


def test_a_plan_says_how_long_nodes_stay_for_files_that_are_collected_from_them() -> None:
    files = (Collect(container=None, task_files=("stdout.txt",), into="logs"),)
    without = "recipebatch scale --nodes 0 and purge --force remove them without the files"
    stays = "    nodes stay until task files are collected"
    for pool, said in (
        (a_pool(), f"{stays}, or the run expires; {without}"),
        (a_pool(enable_inter_node_communication=True), f"{stays}; {without}"),
        (a_pool(existing=True), None),
        (a_pool(auto=True), None),
    ):
        lines = plan_text(a_plan(pools=(pool,), collect=files)).splitlines()
        assert [line for line in lines if "nodes stay" in line] == ([said] if said else [])
    assert "nodes stay" not in plan_text(a_plan(pools=(a_pool(),), collect=(Collect(container="out", into="o"),)))


def test_colours_are_put_on_titles_and_symbols_alone() -> None:
    task = a_task("t", "Pool\n  + pool", constraints=TaskConstraints(max_wall_clock_time=timedelta(minutes=1)))
    text = plan_text(a_plan(pools=(a_pool(),), jobs=(a_job(task),)))
    lines = painted(text + "\n  + pool p2").splitlines()
    assert "\x1b[1mPool\x1b[0m" in lines
    assert lines[-1] == "  \x1b[32m+\x1b[0m pool p2"
    assert "        Pool" in lines
    assert "          + pool" in lines
