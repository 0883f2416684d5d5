"""`for_each:`."""

from __future__ import annotations

import pytest
from recipe.broken_recipes import cases, problems_of_task

from recipebatch.recipe.expressions import Scope
from recipebatch.recipe.model import ForEach, ForFactory, ForFiles, ForGrid, ForRandom, ForRows
from recipebatch.recipe.parser.section_reader import Reader
from recipebatch.recipe.parser.task.loops import FILE_MEMBERS, for_each, item_names, loop_names
from recipebatch.recipe.source.document import parse


@pytest.mark.parametrize(("task", "expected"), cases("loops"))
def test_a_wrong_loop_is_named(task: str, expected: str) -> None:
    assert problems_of_task(task) == [expected]


def loop(text: str) -> ForEach:
    """A loop as it is read, without a problem."""
    reader = Reader(Scope({}, {}), containers=frozenset(("input",)))
    found = for_each(parse(text, "f"), reader)
    assert reader.problems == []
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "item", "task"),
    [
        ("items: [1]", {"item": None, "index": None}, {"item": None, "index": None}),
        ("items: [1]\nbatch: 2", {"item": None, "index": None}, {"items": None, "index": None}),
        ("product: {a: [1], b: [2]}", {"item": {"a", "b"}, "index": None}, {"item": {"a", "b"}, "index": None}),
        ("zip: {a: [1]}", {"item": {"a"}, "index": None}, {"item": {"a"}, "index": None}),
        ("range: {stop: 3}", {"item": None, "index": None}, {"item": None, "index": None}),
        ("range: {x: {stop: 3}}", {"item": {"x"}, "index": None}, {"item": {"x"}, "index": None}),
        ("random: {count: 1, values: {r: {rate: 1}}}", {"item": {"r"}, "index": None}, {"item": {"r"}, "index": None}),
        ("files: input", {"file": FILE_MEMBERS, "index": None}, {"file": FILE_MEMBERS, "index": None}),
        ("files: input\nbatch: 2", {"file": FILE_MEMBERS, "index": None}, {"files": None, "index": None}),
        (
            "files: {container: input, by: folder}",
            {"files": None, "group": {"key"}, "index": None},
            {"files": None, "group": {"key"}, "index": None},
        ),
        (
            "files: {container: input, group_by: '(?P<s>.)(?P<t>.)'}",
            {"files": None, "group": {"key", "s", "t"}, "index": None},
            {"files": None, "group": {"key", "s", "t"}, "index": None},
        ),
    ],
)
def test_a_loop_gives_its_conditions_and_its_tasks_names(text: str, item: object, task: object) -> None:
    node = parse(text, "f")
    assert item_names(node) == item
    assert loop_names(node) == task


def test_a_loop_has_no_limit_no_seed_and_no_batches_unless_it_says_so() -> None:
    plain = loop("items: [1]")
    assert (plain.exclude, plain.include) == ((), ())
    assert (plain.limit.literal(), plain.shuffle.literal(), plain.batch.literal()) == (None, None, None)
    full = loop("{items: [1], limit: 1, shuffle: -3, batch: 2, exclude: '${{ item > 1 }}', include: [a, b]}")
    assert (full.limit.literal(), full.shuffle.literal(), full.batch.literal()) == (1, -3, 2)
    assert [node.value for node in (*full.exclude, *full.include)] == ["${{ item > 1 }}", "a", "b"]


@pytest.mark.parametrize(
    ("text", "kind", "names"),
    [
        ("items: [1]", "items", [None]),
        ("items: '${{ [1] }}'", "items", [None]),
        ("product: {a: [1], b: {stop: 2}}", "product", ["a", "b"]),
        ("zip: {a: [1], b: [2]}", "zip", ["a", "b"]),
        ("range: {stop: 2}", "range", [None]),
        ("range: {x: {stop: 2}, y: {stop: 3}}", "range", ["x", "y"]),
        ("repeat: 3", "repeat", []),
        ("combinations: {of: [1, 2]}", "combinations", [None]),
    ],
)
def test_a_grid_has_dimensions_by_name(text: str, kind: str, names: list[str | None]) -> None:
    source = loop(text).source
    assert isinstance(source, ForGrid)
    assert (source.kind, [name for name, _ in source.dimensions]) == (kind, names)


def test_combinations_are_pairs_without_replacement_unless_they_say_otherwise() -> None:
    pairs = loop("combinations: {of: [1, 2]}").source
    triples = loop("combinations: {of: [1, 2], length: 3, replacement: true}").source
    assert isinstance(pairs, ForGrid)
    assert isinstance(triples, ForGrid)
    assert pairs.length is not None
    assert triples.length is not None
    assert (pairs.length.literal(), pairs.replacement) == (2, False)
    assert (triples.length.literal(), triples.replacement) == (3, True)


def test_files_are_one_task_each_unless_they_are_grouped() -> None:
    one = loop("files: input").source
    folder = loop("files: {container: input, prefix: a/, include: '*.txt', exclude: [b, c], by: folder}").source
    group = loop("files: {container: input, group_by: '(?P<s>.)'}").source
    assert isinstance(one, ForFiles)
    assert isinstance(folder, ForFiles)
    assert isinstance(group, ForFiles)
    assert (one.container, one.prefix.literal(), one.groups, str(one.container_at)) == ("input", "", False, "f:1:8")
    assert (folder.prefix.literal(), folder.by_folder, folder.groups) == ("a/", True, True)
    assert [text.literal() for text in (*folder.include, *folder.exclude)] == ["*.txt", "b", "c"]
    assert (group.group_by, group.by_folder, group.groups) == ("(?P<s>.)", False, True)


def test_rows_come_from_a_file_and_factories_are_called_by_name() -> None:
    short, full = loop("rows: t.csv").source, loop("rows: {file: t, format: tsv, types: {n: integer}}").source
    assert isinstance(short, ForRows)
    assert isinstance(full, ForRows)
    assert (short.file.literal(), short.format, short.types) == ("t.csv", None, ())
    assert (full.file.literal(), full.format, full.types) == ("t", "tsv", (("n", "integer"),))
    name, call = loop("factory: mine").source, loop("factory: {name: mine, arguments: {n: 1}}").source
    assert isinstance(name, ForFactory)
    assert isinstance(call, ForFactory)
    assert (name.name, name.arguments, call.name) == ("mine", None, "mine")
    assert call.arguments is not None
    assert call.arguments.plain() == {"n": 1}


def test_the_arguments_of_a_distribution_are_in_its_own_order() -> None:
    source = loop("random: {count: 5, values: {x: {high: 4, distribution: triangular, mode: 2, low: 1}}}").source
    assert isinstance(source, ForRandom)
    assert (source.count.literal(), source.seed.literal()) == (5, None)
    ((name, distribution),) = source.values
    assert (name, distribution.kind) == ("x", "triangular")
    assert [(key, setting.literal()) for key, setting in distribution.arguments] == [
        ("low", 1),
        ("mode", 2),
        ("high", 4),
    ]


@pytest.mark.parametrize(
    ("for_each", "message"),
    [
        ("{range: {stop: 3, step: 0}}", "step must not be 0"),
        ("{range: {stop: true}}", "stop must be a number, not true | or one expression, ${{ … }}"),
        ("{repeat: 0}", "repeat must be at least 1, not 0"),
        ("{items: [1], batch: 0}", "batch must be at least 1, not 0"),
    ],
)
def test_numbers_of_a_loop_have_limits(for_each: str, message: str) -> None:
    (problem,) = problems_of_task(f"{{command_line: a, for_each: {for_each}}}")
    assert problem.endswith(f"[invalid-recipe] {message}")
