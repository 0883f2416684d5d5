import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recipebatch.config import accounts
from recipebatch.errors import InvalidRecipeError
from recipebatch.inputs import LocalInputs, read_local_inputs
from recipebatch.plan import bind_parameters, required_inputs, resolve
from recipebatch.recipe import parse_recipe

PACKAGE = """\
import json
def corners(folder, *, sides, names=("x",)):
    return [{"side": side, "name": name} for side in range(sides) for name in names]
def nothing(folder):
    return []
def broken(folder):
    raise ValueError("no luck")
def odd(folder):
    return [object()]
def reserved(folder):
    return ["\\ue000"]
def endless(folder):
    while True:
        yield 1
def here(folder):
    return sorted(path.name for path in folder.iterdir())
"""
POINTS = """\
[recipebatch.factories]
corners = demo_factories:corners
nothing = demo_factories:nothing
broken = demo_factories:broken
odd = demo_factories:odd
reserved = demo_factories:reserved
endless = demo_factories:endless
here = demo_factories:here
missing = demo_factories:missing
"""


def install(folder: Path) -> None:
    """A package with factories, as an installer would leave it in a folder of the path."""
    information = folder / "demo_factories-1.0.dist-info"
    information.mkdir(parents=True)
    (folder / "demo_factories.py").write_text(PACKAGE, encoding="utf-8")
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: demo_factories\nVersion: 1.0\n", encoding="utf-8"
    )
    (information / "entry_points.txt").write_text(POINTS, encoding="utf-8")


@pytest.fixture
def factories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    install(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "demo_factories", raising=False)
    return tmp_path


def allowed(name: str, folder: Path) -> str | None:
    del name, folder
    return None


def inputs_of(
    folder: Path, loop: str, refusal: Callable[[str, Path], str | None] = allowed
) -> tuple[LocalInputs, list[Any]]:
    text = (
        "schema_version: 1\nname: demo\npool: {existing: p}\nparameters: {sides: {type: integer, default: 2}}\n"
        f"tasks: [{{command_line: 'run ${{{{ item }}}}', for_each: {{factory: {loop}}}}}]\n"
    )
    recipe = parse_recipe(
        text.replace("item }", "item.name }") if "corners" in loop else text, file="r.yaml", folder=folder
    )
    parameters = bind_parameters(recipe, {})
    inputs = LocalInputs.from_json(read_local_inputs(required_inputs(recipe, parameters), refusal=refusal).to_json())
    plan = resolve(
        recipe,
        run_id="20260101-120000-ab12",
        owner="me",
        parameters=parameters,
        inputs=inputs,
        environ={},
        listings=None,
    )
    return inputs, [task.command_line for task in plan.jobs[0].tasks or ()]


def refusals(folder: Path, loop: str, refusal: Callable[[str, Path], str | None] = allowed) -> list[str]:
    with pytest.raises(InvalidRecipeError) as caught:
        inputs_of(folder, loop, refusal)
    return [
        f"[{problem.code}] {problem.message}" + (f" | {problem.hint}" if problem.hint else "")
        for problem in caught.value.problems
    ]


def test_a_function_of_an_installed_package_gives_the_items(factories: Path) -> None:
    loop = "{name: corners, arguments: {sides: '${{ params.sides }}', names: ['a b', c]}}"
    _, lines = inputs_of(factories, loop)
    assert lines == ["run 'a b'", "run c", "run 'a b'", "run c"]


def test_a_factory_is_told_the_folder_of_the_recipe(factories: Path) -> None:
    (factories / "recipe").mkdir()
    (factories / "recipe" / "data.txt").touch()
    assert inputs_of(factories / "recipe", "here")[1] == ["run data.txt"]


@pytest.mark.parametrize(
    ("loop", "said"),
    [
        (
            "cornets",
            "[unknown-factory] no installed package has the factory cornets | did you mean corners?",
        ),
        (
            "{name: corners, arguments: {side: 2}}",
            (
                "[factory-failed] the factory corners does not take these arguments: missing a required argument:"
                " 'sides'"
            ),
        ),
        ("broken", "[factory-failed] the factory broken failed: ValueError: no luck"),
        (
            "odd",
            (
                "[factory-failed] the factory odd returns a value that is not JSON: Object of type object is not JSON"
                " serializable"
            ),
        ),
        (
            "reserved",
            "[reserved-character] the factory reserved returns a reserved character (U+E000, U+E001 or NUL)",
        ),
        ("endless", "[too-many-tasks] the factory endless returns more than 1,000,000 items"),
        (
            "missing",
            (
                "[factory-failed] the factory missing cannot be loaded: AttributeError: module 'demo_factories' has no"
                " attribute 'missing'"
            ),
        ),
        (
            "nothing",
            "[empty-for-each] for_each of the task template task produces no tasks: its factory returned none",
        ),
    ],
)
def test_what_goes_wrong_in_a_factory_is_told_at_the_recipe(factories: Path, loop: str, said: str) -> None:
    assert refusals(factories, loop) == [said]


def test_problems_of_a_factory_stand_where_the_recipe_names_it(factories: Path) -> None:
    with pytest.raises(InvalidRecipeError) as caught:
        inputs_of(factories, "broken")
    assert str(caught.value.problems[0].at) == "r.yaml:5:63"


@pytest.mark.usefixtures("factories")
def test_a_recipe_from_elsewhere_may_not_choose_code_that_runs_here(tmp_path: Path) -> None:
    elsewhere, here = tmp_path / "download", tmp_path / "project"

    def refusal(environ: dict[str, str]) -> Callable[[str, Path], str | None]:
        return lambda name, folder: accounts.factory_refusal(name, folder, here, environ)

    said = f"the recipe comes from elsewhere ({elsewhere}): its factory nothing would run code on this machine"
    hint = "if you trust it, allow it: RECIPEBATCH_ALLOW_FACTORIES=nothing"
    assert refusals(elsewhere, "nothing", refusal({})) == [f"[factory-not-allowed] {said} | {hint}"]
    assert "empty-for-each" in refusals(elsewhere, "nothing", refusal({"RECIPEBATCH_ALLOW_FACTORIES": "a, nothing"}))[0]
    assert "empty-for-each" in refusals(elsewhere, "nothing", refusal({"RECIPEBATCH_ALLOW_FACTORIES": "all"}))[0]
    assert "empty-for-each" in refusals(here / "recipes", "nothing", refusal({}))[0]


def test_nothing_runs_where_nobody_allowed_it(factories: Path) -> None:
    text = "schema_version: 1\nname: demo\npool: {existing: p}\ntasks: [{command_line: a, for_each: {factory: here}}]\n"
    recipe = parse_recipe(text, file="r.yaml", folder=factories)
    with pytest.raises(InvalidRecipeError, match="here may not run here"):
        read_local_inputs(required_inputs(recipe, {}))
