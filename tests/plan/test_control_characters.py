"""No name, path or address gets a control character from an expression."""

from __future__ import annotations

from typing import Any

import pytest

from recipebatch.errors import InvalidRecipeError

POOL = "{image: ubuntu-24.04, vm_size: s%s, target_dedicated_nodes: 1}"
TASK = "storage: {input: {}}\ntasks:\n  - command_line: x\n    "
ONLY = "tasks: [{command_line: x}]"


@pytest.mark.parametrize(
    ("pool", "sections"),
    [
        ("", TASK + "display_name: '${{ %s }}'"),
        ("", TASK + "for_each: {items: ['${{ %s }}']}\n    display_name: x ${{ item }}"),
        ("", TASK + "resource_files: [{container: input, blob: '${{ %s }}', file_path: a}]"),
        ("", TASK + "resource_files: [{container: input, blob_prefix: '${{ %s }}'}]"),
        ("", TASK + "resource_files: [{http_url: 'https://example.org/${{ %s }}', file_path: a}]"),
        ("", TASK + "resource_files: [{container: input, blob: b, file_path: '${{ %s }}'}]"),
        ("", TASK + "output_files: [{file_pattern: '${{ %s }}', container: input}]"),
        ("", TASK + "output_files: [{file_pattern: a, container: input, path: '${{ %s }}'}]"),
        ("", TASK + "raw: {someName: [{inner: '${{ %s }}'}]}"),
        (", display_name: '${{ %s }}'", ONLY),
        (", metadata: {a: '${{ %s }}'}", ONLY),
        ("", "job: {metadata: {a: '${{ %s }}'}}\n" + ONLY),
        ("", "storage: {c: {container: '${{ %s }}'}}\n" + ONLY),
    ],
)
@pytest.mark.parametrize("control", ["\x1b", "\x9b", "\u2028"], ids=ascii)
def test_the_result_of_an_expression_is_refused(plan_of: Any, pool: str, sections: str, control: str) -> None:
    variables = f'vars: {{v: "a\\u{ord(control):04x}b"}}\n'
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(variables + sections.replace("%s", "vars.v"), pool=POOL % pool.replace("%s", "vars.v"))
    (problem,) = caught.value.problems
    assert problem.code in {"control-character", "invalid-id"}


def test_values_of_variables_have_any_character(plan_of: Any) -> None:
    plan = plan_of('vars: {v: "a\\n\\t\\x1b\\x9b\\u2028b"}\n' + TASK + "environment_settings: {A: '${{ vars.v }}'}")
    assert plan.jobs[0].tasks[0].environment_settings == (("A", "a\n\t\x1b\x9b\u2028b"),)
