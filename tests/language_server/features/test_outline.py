"""A recipe at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from language_server.marked import FILE, RECIPE, RULES, analysed

from recipebatch.language_server.features.outline import lenses, symbols

if TYPE_CHECKING:
    from recipebatch.language_server.features.outline import Symbol

COMPLETE = RECIPE.replace("    type: string\n", "    default: Oslo\n")
JOBS = """\
schema_version: 1
name: r
pool: {existing: p}
storage: {out: {}}
jobs:
  one:
    tasks: [{name: a, command_line: x, output_files: [{file_pattern: y, container: out}]}]
  two:
    after: one
    tasks:
      - name: b
        for_each: {files: out}
        command_line: ${{ file.name }}
"""


def titles(text: str) -> list[tuple[str, str]]:
    """What is shown above which text."""
    analysis = analysed(text)
    assert analysis.knowledge is not None
    file = analysis.knowledge.files[FILE]
    return [(file.text.slice(each.span), each.title) for each in lenses(analysis, file)]


def names(found: tuple[Symbol, ...]) -> dict[str, list[str]]:
    return {each.name: [child.name for child in each.children] for each in found}


def test_the_plan_is_counted_above_the_tasks_and_above_each_template() -> None:
    assert titles(COMPLETE) == [("tasks", "plan: 3 tasks"), ("count", "2 tasks"), ("merge", "1 task")]


def test_without_a_plan_it_says_why() -> None:
    assert titles(RECIPE) == [("tasks", "plan: needs a value of city")]
    assert titles("schema_version: 1\n") == [("", "plan: the recipe has errors")]


def test_tasks_that_are_not_known_yet_are_not_counted() -> None:
    assert titles(JOBS) == [
        ("jobs", "plan: 1 task; those of two are known when the job is submitted"),
        ("a", "1 task"),
        ("b", "tasks: known when the job is submitted"),
    ]
    existing = (
        "storage: {in: {container: data-in, existing: true}}\ntasks: [{for_each: {files: in}, command_line: x}]\n"
    )
    text = f"schema_version: 1\nname: r\npool: {{existing: p}}\n{existing}"
    assert titles(text) == [("tasks", "plan: the tasks are known when the job is submitted")]


def test_sections_have_what_they_define() -> None:
    analysis = analysed(RECIPE)
    assert analysis.knowledge is not None
    found = names(symbols(analysis.knowledge.files[FILE], RULES))
    assert found["parameters"] == ["words", "city", "token"]
    assert found["storage"] == ["input", "output"]
    assert found["tasks"] == ["count", "merge"]
    assert found["pool"] == []


def test_templates_are_below_their_jobs_and_each_is_in_what_holds_it() -> None:
    analysis = analysed(JOBS)
    assert analysis.knowledge is not None
    found = symbols(analysis.knowledge.files[FILE], RULES)
    jobs = next(each for each in found if each.name == "jobs")
    assert names(jobs.children) == {"one": ["a"], "two": ["b"]}
    for outer in (jobs, *jobs.children):
        assert outer.whole.start <= outer.name_at.start <= outer.name_at.end <= outer.whole.end
        for inner in outer.children:
            assert outer.whole.start <= inner.whole.start <= inner.whole.end <= outer.whole.end
