from typing import Any

import pytest

from recipebatch.recipe.source.hints import hint_for_key, hint_for_kind

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
        ("uploads", ["array"], "data/*.txt", 'write a list: uploads: ["data/*.txt"]'),
        ("resource_files", ["array"], {"a": "b"}, "write a list: each entry begins with `- `"),
        ("tasks", ["array"], {"t": {}}, "write a list, one entry a task template: `- name: NAME`"),
        ("constraints", ["object"], ["a"], "write `key: value` without `- ` in front"),
        ("constraints", ["object"], 7, None),
    ],
)
def test_a_value_of_the_wrong_kind_has_a_hint(subject: str, kinds: list[str], value: Any, expected: str | None) -> None:
    assert hint_for_kind(subject, kinds, value) == expected
