"""What can be written where, and what it inserts."""

from __future__ import annotations

import pytest
from language_server.marked import MARK, RECIPE, completed

from recipebatch.language_server.schema import schema
from recipebatch.recipe import read_yaml
from recipebatch.vocabulary.machines.images import ALIASES

POOL = "pool:\n  image: ${1:ubuntu-24.04}\n  vm_size: ${2:Standard_D2s_v5}\n  target_dedicated_nodes: ${3:1}"


def at(old: str, new: str) -> set[str]:
    """The labels at the mark, which is in `new`."""
    assert old in RECIPE
    return set(completed(RECIPE.replace(old, new, 1)))


def test_every_key_of_the_schema_is_offered_at_the_top() -> None:
    found = completed(MARK)
    assert set(schema("recipe.schema.json").body["properties"]) <= set(found)
    assert found["schema_version"].insert == "schema_version: 1"
    assert found["name"].insert == "name: $0"
    assert found["watch"].insert == "watch:\n  $0"
    assert found["tasks"].insert == "tasks:\n  - $0"


def test_the_usual_lines_come_with_a_key() -> None:
    assert completed("po¦")["pool: image, vm_size, nodes"].insert == POOL
    task = completed("schema_version: 1\n¦")["tasks: one task per file"].insert
    assert task.startswith("tasks:\n  - name: ${1:task}\n    for_each:\n      files: ${2:input}\n")


def test_a_whole_recipe_to_start_with_is_yaml() -> None:
    text = completed(MARK)["a new recipe"].insert
    assert {"schema_version", "name", "pool", "tasks"} <= set(read_yaml(text.replace("$", ""), "r.yaml").entries())


def test_an_entry_of_a_list_is_indented_below_its_dash() -> None:
    assert completed("tasks:\n  - ¦")["one task"].insert == "name: ${1:task}\n  commands:\n    - ${2:echo done}"


def test_keys_that_are_there_or_excluded_are_not_offered() -> None:
    found = completed("tasks:\n  - name: a\n    commands: [b]\n    ¦\n")
    assert not {"name", "commands", "command_line"} & set(found)
    assert {"for_each", "output_files"} <= set(found)


def test_a_key_that_has_a_value_is_replaced_alone() -> None:
    assert completed("pool:\n  ima¦: x")["image"].insert == "image"


def test_inside_of_braces_keys_stay_on_their_line() -> None:
    assert completed("tasks:\n- {constraints¦}")["constraints"].insert == "constraints: $0"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("image: ubuntu-24.04", f"image: {MARK}", set(ALIASES)),
        ("image: ubuntu-24.04", f"image: ub{MARK}", set(ALIASES)),
        ("depends_on: count", f"depends_on: {MARK}", {"count"}),
        ("depends_on: count", f"depends_on: [{MARK}]", {"count"}),
        ("- container: output\n    commands", f"- container: {MARK}\n    commands", {"input", "output"}),
        ("- container: output\n    commands", f"- {MARK}\n    commands", {"container"}),
        ("for_each: {items: [north, south]}", f"for_each: {{files: {MARK}}}", {"input", "output"}),
        ("type: integer", f"type: {MARK}", {"string", "integer", "file", "secret"}),
        ("depends_on: count", f"constraints: {{max_wall_clock_time: {MARK}}}", {"15m", "1h", "1d"}),
        ("collect:", f"purge: {MARK}\ncollect:", {"always", "on_success", "never", "ask"}),
        ("  input: {}", f"  input: {{existing: {MARK}}}", {"true", "false"}),
    ],
)
def test_a_value_is_one_of_those_that_fit(old: str, new: str, expected: set[str]) -> None:
    assert expected <= at(old, new)


def test_names_are_those_of_the_last_text_that_could_be_read() -> None:
    assert "count" in completed("tasks:\n- name: a\n- name: b\n- name: c\n  depends_on: ¦\n- {broken: [")


def test_a_template_does_not_wait_for_itself_nor_a_job_for_itself() -> None:
    assert "merge" not in at("depends_on: count", f"depends_on: {MARK}")
    jobs = "schema_version: 1\nname: a\npool: {existing: b}\njobs:\n  one: {tasks: [{command_line: a}]}\n  two:\n"
    two = "    after: one\n    tasks: [{command_line: b}]\n"
    assert set(completed(jobs + two.replace("one", MARK), jobs + two)) == {"one"}


def test_templates_are_those_of_the_same_job() -> None:
    text = "jobs:\n  a:\n    tasks: [{name: x, command_line: x}]\n  b:\n    tasks:\n    - {name: y, command_line: y}\n"
    text = (
        f"schema_version: 1\nname: a\npool: {{existing: b}}\n{text}    - {{name: z, command_line: z, depends_on: y}}\n"
    )
    assert set(completed(text.replace("depends_on: y", "depends_on: ¦"), text)) == {"y"}


@pytest.mark.parametrize("new", [f"- echo {MARK}", f"# {MARK}\n      - echo"])
def test_in_a_command_and_in_a_comment_nothing_is_offered(new: str) -> None:
    assert at("- cat *.txt", new) == set()


def test_a_dollar_begins_an_expression() -> None:
    found = completed(RECIPE.replace("- cat *.txt", f"- cat ${MARK}"))
    assert found["${{ … }}"].insert == "\\${{ $1 \\}\\}"


def test_the_default_and_what_a_value_means_stand_beside_it() -> None:
    assert completed("collect: []\npurge: ¦")["ask"].detail == "default"
    assert completed("pool:\n  image: ¦")["ubuntu-24.04-containers"].detail.count("container runtime")
    assert completed("pool:\n  ¦")["image"].documentation.startswith("**image**: ")


def test_a_base_can_be_a_bundled_recipe() -> None:
    assert {"builtin:topn", "builtin:rows"} <= at("schema_version: 1", f"extends: {MARK}\nschema_version: 1")
