"""Which local files and names a recipe needs before a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.errors import InvalidRecipeError
from recipebatch.inputs import RequiredInputs
from recipebatch.plan import bind_parameters
from recipebatch.plan.expressions import Namespace
from recipebatch.plan.input_requirements import before_run, required_inputs
from recipebatch.recipe import parse_recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.plan import Plan

    PlanOf = Callable[..., Plan]


def shown(plan: Plan) -> list[str | None]:
    tasks = plan.jobs[0].tasks
    assert tasks is not None
    return [task.display_name for task in tasks]


def recipe(values: str, display_name: str, loop: str = "{items: [1]}") -> str:
    return (
        "parameters: {n: {type: integer, default: 5}, who: {default: me}}\n"
        f"vars: {values}\n"
        f"tasks:\n  - {{command_line: a, display_name: '{display_name}', for_each: {loop}}}\n"
    )


def test_a_value_uses_parameters_and_those_above_it_and_keeps_its_type(plan_of: PlanOf) -> None:
    values = "{half: '${{ params.n // 2 }}', name: '${{ params.who }}-${{ vars.half }}', sum: '${{ vars.half + 1 }}'}"
    assert shown(plan_of(recipe(values, "${{ vars.name }} ${{ vars.sum }}"))) == ["me-2 3"]


def test_a_list_of_vars_can_be_looped_over(plan_of: PlanOf) -> None:
    values = "{all: ['${{ params.who }}', {x: '${{ params.n }}'}]}"
    assert shown(plan_of(recipe(values, "${{ index }}", "{items: '${{ vars.all }}'}"))) == ["0", "1"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("{a: '${{ vars.b }}', b: 1}", "vars has no b"),
        ("{a: '${{ vars.a }}'}", "vars has no a"),
        ("{a: '${{ run.id }}'}", "run is not available here"),
        ("{a: '${{ params.nn }}'}", "unknown parameter nn"),
        ("{a: '${{ 1 // 0 }}'}", "division"),
    ],
)
def test_what_a_value_cannot_use_is_named(plan_of: PlanOf, values: str, message: str) -> None:
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(recipe(values, "x"))
    problems: Any = caught.value.problems
    assert message in problems[0].message
    assert problems[0].at.line == 5


def required(sections: str, given: dict[str, object] | None = None) -> RequiredInputs:
    text = f"schema_version: 1\nname: demo\nversion: '7'\npool: {{existing: p}}\n{sections}\n"
    found = parse_recipe(text, file="r.yaml", folder=Path("/recipes"))
    return required_inputs(found, bind_parameters(found, given or {}))


TASKS = "tasks: [{command_line: a}]"


def test_a_recipe_without_uploads_and_tables_needs_no_files() -> None:
    assert required(TASKS) == RequiredInputs(folder=Path("/recipes"), uploads=(), tables=())


def test_uploads_of_all_containers_have_their_parameters_filled_in() -> None:
    sections = (
        "parameters: {day: {}}\n"
        "storage:\n"
        "  a: {uploads: ['${{ params.day }}/*', {source: x, prefix: '${{ recipe.name }}-${{ recipe.version }}/'}]}\n"
        "  b: {uploads: [{content: hello, blob: h.txt, metadata: {k: v}}]}\n"
    )
    first, second, third = required(sections + TASKS, {"day": "monday"}).uploads
    assert (first.container, first.source, str(first.at)) == ("a", "monday/*", "r.yaml:7:17")
    assert (second.container, second.source, second.prefix) == ("a", "x", "demo-7/")
    assert (third.container, third.content, third.blob, third.metadata) == ("b", "hello", "h.txt", (("k", "v"),))


@pytest.mark.parametrize("value", ["text/plain\\r\\nX-A: b", "a\\nb", "é", "a\\x7f", " a", "${{ 'a\\\\nb' }}"])
def test_a_content_type_that_no_http_header_can_carry_is_refused(value: str) -> None:
    with pytest.raises(InvalidRecipeError) as caught:
        required(f'storage: {{a: {{uploads: [{{source: x, content_type: "{value}"}}]}}}}\n{TASKS}')
    (problem,) = caught.value.problems
    if value in {"é", " a"}:
        assert problem.code == "invalid-metadata"
        assert problem.message.startswith("content_type must be printable ASCII, not '")
    else:
        assert problem.code == "control-character"
        assert problem.message.startswith("content_type must ")


@pytest.mark.parametrize("value", ["é", " a", "a "])
def test_metadata_that_no_http_header_can_carry_is_refused(value: str) -> None:
    with pytest.raises(InvalidRecipeError) as caught:
        required(f'storage: {{a: {{uploads: [{{source: x, metadata: {{k: "{value}"}}}}]}}}}\n{TASKS}')
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == (
        "invalid-metadata",
        f"metadata k must be printable ASCII, not {value!r}",
    )
    assert (str(problem.at), problem.hint) == ("r.yaml:5:51", "metadata is sent in HTTP headers")


def test_tables_local_names_and_calls_of_factories_come_from_the_loops() -> None:
    sections = (
        "parameters: {n: {type: integer, default: 2}}\n"
        "tasks:\n"
        "  - {name: a, for_each: {rows: 't${{ params.n }}.csv'}, command_line: a}\n"
        "  - {name: b, for_each: {files: {local: 'x/${{ params.n }}*'}}, command_line: a}\n"
        "  - {name: c, for_each: {factory: {name: mine, arguments: {n: '${{ params.n }}'}}}, command_line: a}\n"
        "  - {name: d, for_each: {factory: mine}, command_line: a}\n"
    )
    found = required(sections)
    assert [(table.file, str(table.at)) for table in found.tables] == [("t2.csv", "r.yaml:7:32")]
    assert [names.pattern for names in found.names] == ["x/2*"]
    assert [(call.name, call.arguments) for call in found.items] == [("mine", {"n": 2}), ("mine", {})]


def test_a_secret_is_not_among_the_names_known_before_a_run() -> None:
    text = (
        "schema_version: 1\nname: demo\npool: {existing: p}\n"
        "parameters: {t: {type: secret, source: {environment_variable: T}}, n: {default: x}}\n"
        f"vars: {{a: '${{{{ params.n }}}}'}}\n{TASKS}\n"
    )
    scope = before_run(parse_recipe(text, file="r.yaml", folder=Path()), {"t": "hidden", "n": "x"})
    members = {name: each.values for name, each in scope.items() if isinstance(each, Namespace)}
    assert members == {
        "params": {"n": "x"},
        "recipe": {"name": "demo", "version": ""},
        "vars": {"a": "x"},
    }
