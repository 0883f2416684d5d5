from typing import Any

import pytest

from recipebatch.recipe.source.hints import NO_POOL, hint_for_duration, hint_for_key, hint_for_kind

TASK = ["name", "commands", "depends_on", "environment_settings", "for_each", "constraints", "container_settings"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("comands", "did you mean commands?"),
        ("needs", "did you mean depends_on?"),
        ("env", "did you mean environment_settings?"),
        ("script", "did you mean commands?"),
        ("timeout", "write constraints: {max_wall_clock_time: 1h}"),
        ("docker-image", "write container_settings: {image_name: …}"),
        (
            "authentication_token_settings",
            "the service has retired it: give the pool a managed identity, or the task a SAS",
        ),
        ("qqq", f"known: {', '.join(sorted(TASK))}"),
    ],
)
def test_an_unknown_key_has_a_hint(key: str, expected: str) -> None:
    assert hint_for_key(key, TASK) == expected


def test_the_nodes_of_a_pool_are_dedicated_nodes_and_an_if_is_when() -> None:
    assert hint_for_key("nodes", ["spot_nodes", "target_dedicated_nodes"]) == "did you mean target_dedicated_nodes?"
    assert hint_for_key("if", ["id", "ids", "when"]) == "did you mean when?"


def test_a_key_that_stands_one_level_too_high_is_told_its_place() -> None:
    expected = "max_wall_clock_time belongs to constraints: write constraints: {max_wall_clock_time: …}"
    assert hint_for_key("max_wall_clock_time", TASK, ["job_release_task", "constraints"]) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(10, "write a duration with its unit: 10s, 10m or 10h"), (True, None), ("a", None)]
)
def test_a_duration_without_a_unit_is_answered_with_units(value: Any, expected: str | None) -> None:
    assert hint_for_duration(value) == expected


def test_cron_is_answered_with_what_the_service_has() -> None:
    known = ["recurrence_interval", "start_window"]
    assert hint_for_key("cron", known).startswith("the service knows intervals, no cron expressions")


@pytest.mark.parametrize(
    ("subject", "kinds", "value", "expected"),
    [
        (
            "commands[1]",
            ["string"],
            {"echo ready": "yes"},
            "`: ` makes a mapping of it: put the whole text in single quotes, 'echo ready: yes', or below `- |`",
        ),
        (
            "commands[1]",
            ["string"],
            {"echo a; echo b;": None},
            "a value that begins with { or ends with : is a mapping: put the whole text in single quotes",
        ),
        (
            "commands[1]",
            ["string"],
            ["-f x"],
            "a value that begins with [ or `- ` is a list: put a text in single quotes",
        ),
        ("commands[1]", ["string"], True, "put it in quotes"),
        ("timeout", ["string"], 3, None),
        (
            "for_each",
            ["object"],
            ["a", 2],
            "write for_each: {items: [a, 2]}, or {range: {start: 1, stop: 10}} for numbers",
        ),
        (
            "for_each",
            ["object"],
            [{"a": 1}],
            "write for_each: {items: […]}, or {range: {start: 1, stop: 10}} for numbers",
        ),
        ("range", ["object"], "1-10", "write range: {start: 1, stop: 10}"),
        ("pool", ["object"], "p", f"write pool: {{existing: p}} for a pool that exists, or a new one, {NO_POOL}"),
        ("collect[1]", ["object"], "output", "write `- container: output`"),
        ("collect", ["array"], "output", "write collect: [{container: output}]"),
        ("jobs", ["object"], [], "write a mapping, one entry a job: `NAME: {tasks: […]}`"),
        ("uploads", ["array"], "data/*.txt", 'write a list: uploads: ["data/*.txt"]'),
        ("resource_files", ["array"], {"a": "b"}, "write a list: each entry begins with `- `"),
        ("tasks", ["array"], {"t": {}}, "write a list, one entry a task template: `- name: NAME`"),
        ("constraints", ["object"], ["a"], "write `key: value` without `- ` in front"),
        ("constraints", ["object"], 7, None),
    ],
)
def test_a_value_of_the_wrong_kind_has_a_hint(subject: str, kinds: list[str], value: Any, expected: str | None) -> None:
    assert hint_for_kind(subject, kinds, value) == expected


@pytest.mark.parametrize("path", [("pool",), ("pools", "small")])
@pytest.mark.parametrize("key", ["identity", "managed_identity", "userAssignedIdentities"])
def test_an_identity_in_a_pool_has_a_hint_to_an_existing_pool(key: str, path: tuple[str, ...]) -> None:
    hint = hint_for_key(key, ("image", "vm_size"), path=path)
    assert hint.startswith("a pool that the recipe makes has no managed identity")
    assert "existing: POOL_ID" in hint
    assert "identity-needs-existing-pool" in hint
    assert hint_for_key(key, ("image", "vm_size"), path=("job",)) != hint
