from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan.loops.templates import STORAGE, PlanOf, display_names, loop, refusal

from recipebatch.errors import InvalidRecipeError

if TYPE_CHECKING:
    from recipebatch.plan import Plan


def cases(name: str) -> list[tuple[str, str]]:
    """What is wrong, and below it, indented, what is said about it: one case per paragraph of a text file."""
    text = (Path(__file__).parents[1] / "broken" / f"{name}.txt").read_text(encoding="utf-8")
    found = []
    for paragraph in text.strip().split("\n\n"):
        wrong, *said = paragraph.split("\n    ")
        found.append((wrong, " | ".join(said).replace(" | hint: ", " | ")))
    return found


def ids(plan: "Plan") -> list[str]:
    tasks = plan.jobs[0].tasks
    assert tasks is not None
    return [task.id for task in tasks]


@pytest.mark.parametrize(
    ("for_each", "shown", "expected"),
    [
        ("{items: [a, 2, 0.5, true]}", "${{ item }}", ["a", "2", "0.5", "true"]),
        ("{items: [{x: 1}, {x: 2}]}", "${{ item.x }}", ["1", "2"]),
        ("{items: '${{ [1, 2] }}'}", "${{ item }}", ["1", "2"]),
        ("{combinations: {of: [a, b, c]}}", "${{ item | join('') }}", ["ab", "ac", "bc"]),
        ("{combinations: {of: '${{ [1, 2, 3] }}', length: 3}}", "${{ item | join('') }}", ["123"]),
        (
            "{combinations: {of: [a, b], length: 2, replacement: true}}",
            "${{ item[0] }}${{ item[1] }}",
            ["aa", "ab", "bb"],
        ),
        ("{product: {a: [1, 2], b: [x, y]}}", "${{ item.a }}${{ item.b }}", ["1x", "1y", "2x", "2y"]),
        ("{product: {a: {start: 1, stop: 2}, b: '${{ [7] }}'}}", "${{ item.a }}${{ item.b }}", ["17", "27"]),
        ("{range: {stop: 2}}", "${{ item }}", ["0", "1", "2"]),
        ("{range: {start: 3, stop: 1, step: -1}}", "${{ item }}", ["3", "2", "1"]),
        ("{range: {start: 0.1, stop: 0.5, step: 0.1}}", "${{ item }}", ["0.1", "0.2", "0.3", "0.4", "0.5"]),
        ("{range: {start: 1, stop: 8, step: 3}}", "${{ item }}", ["1", "4", "7"]),
        ("{range: {x: {stop: 1}, y: {start: 5, stop: 6}}}", "${{ item.x }}${{ item.y }}", ["05", "06", "15", "16"]),
        ("{range: {stop: 9}, limit: 2}", "${{ item }}", ["0", "1"]),
        ("{range: {stop: 5}, exclude: '${{ item is even }}'}", "${{ item }}/${{ index }}", ["1/0", "3/1", "5/2"]),
        ("{range: {stop: 5}, exclude: ['${{ item < 2 }}', '${{ item > 3 }}'], limit: 1}", "${{ item }}", ["2"]),
        ("{range: {stop: 10000000000}, limit: 1}", "${{ item }}", None),
        ("{zip: {a: [1, 2], b: {start: 5, stop: 6}}}", "${{ item.a }}${{ item.b }}", ["15", "26"]),
        ("{repeat: 3}", "${{ item }}/${{ index }}", ["0/0", "1/1", "2/2"]),
        ("{range: {stop: 9}, include: '${{ item > 6 }}'}", "${{ item }}", ["7", "8", "9"]),
        ("{range: {stop: 9}, include: ['${{ item > 3 }}', '${{ item is even }}']}", "${{ item }}", ["4", "6", "8"]),
        ("{range: {stop: 6}, exclude: '${{ item == 3 }}', batch: 4}", "${{ items | join(',') }}", ["0,1,2,4", "5,6"]),
        ("{range: {stop: 5}, shuffle: 1, limit: 3}", "${{ item }}", ["2", "0", "3"]),
    ],
)  # fmt: skip
def test_a_loop_gives_a_task_per_item(plan_of: PlanOf, for_each: str, shown: str, expected: list[str] | None) -> None:
    if expected is None:
        assert "[too-many-tasks] range produces 10,000,000,001 numbers" in refusal(plan_of, loop(for_each, shown))
    else:
        assert display_names(plan_of(loop(for_each, shown))) == expected


def test_a_loop_over_files_follows_the_order_of_their_names(plan_of: PlanOf) -> None:
    plan = plan_of(loop("{files: input}", "${{ file.name }}"), blobs={"input": ("b.txt", "a.txt", "c/d.txt")})
    assert display_names(plan) == ["b.txt", "a.txt", "d.txt"]
    listed = plan_of(loop("{files: input}", "${{ file.path }}"), listings={"input": ("z", "y")})
    assert display_names(listed) == ["y", "z"]


def test_a_shuffle_keeps_every_item_and_depends_on_its_seed_alone(plan_of: PlanOf) -> None:
    orders = [display_names(plan_of(loop(f"{{range: {{stop: 99}}, shuffle: {seed}}}"))) for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(map(str, orders[2])) == sorted(map(str, range(100)))


def test_blobs_of_one_folder_are_one_task(plan_of: PlanOf) -> None:
    blobs = {"input": ("a/1.txt", "a/c/1.txt", "b/1.txt", "b/2.txt", "top.txt")}
    for_each = "{files: {container: input, by: folder}}"
    plan = plan_of(loop(for_each, "${{ group.key }}=${{ files | join(',') }}"), blobs=blobs)
    assert display_names(plan) == ["a=1.txt", "a/c=1.txt", "b=1.txt,2.txt", "=top.txt"]


def test_blobs_with_equal_groups_are_one_task_and_others_are_none(plan_of: PlanOf) -> None:
    blobs = {"input": ("x_1.fq", "x_2.fq", "y_1.fq", "readme.md")}
    for_each = "{files: {container: input, group_by: '(?P<sample>[a-z])_(?P<lane>[0-9])?'}}"
    shown = "${{ group.key }} ${{ group.sample }} ${{ files | length }}"
    assert display_names(plan_of(loop(for_each, shown), blobs=blobs)) == ["x-1 x 1", "x-2 x 1", "y-1 y 1"]


def test_a_batch_of_groups_has_the_blobs_of_all(plan_of: PlanOf) -> None:
    blobs = {"input": ("a/1", "a/2", "b/3")}
    sections = loop("{files: {container: input, by: folder}, batch: 2}", "${{ files | join(' ') }}")
    assert display_names(plan_of(sections, blobs=blobs)) == ["1 2 3"]


def test_all_blobs_of_a_group_come_to_its_task_and_stand_on_its_command_line_each_quoted(plan_of: PlanOf) -> None:
    sections = (
        f"{STORAGE}tasks:\n  - for_each: {{files: {{container: input, by: folder}}}}\n"
        "    resource_files: ['${{ files }}']\n    commands: ['cat ${{ files }}']\n"
    )
    (task,) = plan_of(sections, blobs={"input": ("d/a b.txt", "d/c.txt")}).jobs[0].tasks
    assert [(file.blob, file.file_path) for file in task.resource_files] == [
        ("d/a b.txt", "a b.txt"),
        ("d/c.txt", "c.txt"),
    ]
    assert "cat " in task.command_line
    assert "a b.txt" in task.command_line


def test_two_blobs_that_would_be_one_file_of_a_task_are_an_error(plan_of: PlanOf) -> None:
    sections = (
        f"{STORAGE}tasks:\n  - for_each: {{files: input, batch: 2}}\n"
        "    resource_files: ['${{ files }}']\n    command_line: a\n"
    )
    told = refusal(plan_of, sections, blobs={"input": ("a/x", "b/x")})
    assert "[duplicate-file] a/x and b/x would be the same file of one task, x" in told


def test_a_loop_over_files_can_be_narrowed(plan_of: PlanOf) -> None:
    for_each = "{files: {container: input, prefix: x/, include: '*.txt', exclude: [b*]}}"
    blobs = {"input": ("a.txt", "x/a.txt", "x/b.txt", "x/c.bin")}
    assert display_names(plan_of(loop(for_each, "${{ file.path }}"), blobs=blobs)) == ["x/a.txt"]


def test_blobs_times_patterns_are_bounded(plan_of: PlanOf, monkeypatch: pytest.MonkeyPatch) -> None:
    sections = loop("{files: {container: input, include: ['*', x], exclude: y}}", "${{ file.path }}")
    blobs = {"input": tuple(f"{number}" for number in range(10))}
    monkeypatch.setattr("recipebatch.plan.expressions.budget.MAX_MATCHES", 30)
    assert len(display_names(plan_of(sections, blobs=blobs))) == 10
    monkeypatch.setattr("recipebatch.plan.expressions.budget.MAX_MATCHES", 29)
    with pytest.raises(InvalidRecipeError, match="10 blobs and the patterns of include and exclude are too many"):
        plan_of(sections, blobs=blobs)


def test_files_of_an_existing_container_are_unknown_before_submission(plan_of: PlanOf) -> None:
    sections = loop("{files: old}", "${{ file.stem }}")
    assert plan_of(sections).jobs[0].tasks is None
    assert display_names(plan_of(sections, listings={"old": ("a.txt",)})) == ["a"]


@pytest.mark.parametrize(("for_each", "expected"), cases("loops"))
def test_a_loop_without_items_is_an_error_at_its_position(plan_of: PlanOf, for_each: str, expected: str) -> None:
    assert refusal(plan_of, loop(for_each, "x"), listings={"old": ("a.txt",)}) == expected


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_a_product_has_every_combination_once(plan_of: PlanOf, sizes: list[int]) -> None:
    dimensions = ", ".join(f"d{number}: {{start: 1, stop: {size}}}" for number, size in enumerate(sizes))
    shown = "-".join(f"${{{{ item.d{number} }}}}" for number in range(len(sizes)))
    plan = plan_of(loop(f"{{product: {{{dimensions}}}}}", shown))
    found = display_names(plan)
    count = 1
    for size in sizes:
        count *= size
    assert len(found) == len(set(found)) == count
    assert ids(plan) == sorted(ids(plan))


@pytest.mark.parametrize("blob", ["x\ue000secret:tok\ue001.txt", "y\ue000sas:old:racwdl\ue001", "\ue001"])
def test_a_blob_whose_name_has_a_reserved_character_is_refused_unless_it_is_left_out(
    plan_of: PlanOf, blob: str
) -> None:
    listings = {"old": ("a", blob)}
    found = refusal(plan_of, loop("{files: old}", "${{ file.name }}"), listings=listings)
    assert "[invalid-blob-name] the blob '" in found
    assert "of old has a reserved character (U+E000 or U+E001) in its name" in found
    sections = loop("{files: {container: old, include: [a]}}", "${{ file.name }}")
    assert display_names(plan_of(sections, listings=listings)) == ["a"]
