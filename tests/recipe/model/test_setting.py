"""Settings and sections as they are written."""

from pathlib import Path

from recipebatch.recipe import parse_recipe

TEXT = """\
schema_version: 1
name: demo
pool: {image: ubuntu-24.04, vm_size: a}
parameters: {p: {type: integer, default: 1}}
tasks:
- {name: a, command_line: a, required_slots: 2}
- {name: b, command_line: b, required_slots: "${{ params.p }}"}
"""


def test_a_literal_is_the_value_the_default_or_none_for_an_expression() -> None:
    first, second = parse_recipe(TEXT, file="r.yaml", folder=Path()).tasks
    assert first.settings["required_slots"].literal() == 2
    assert second.settings["required_slots"].literal() is None
    count = first.settings["constraints.max_task_retry_count"]
    assert count.literal() == count.default


def test_a_section_is_read_by_path_and_replaced_field_by_field() -> None:
    section = parse_recipe(TEXT, file="r.yaml", folder=Path()).tasks[0].settings
    changed = section.replaced(display_name=section["required_slots"])
    assert changed["display_name"].literal() == 2
    assert section["display_name"].node is None
    assert changed["constraints.retention_time"] is section["constraints"]["retention_time"]
