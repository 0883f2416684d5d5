"""Settings → functions: what is equal for every task is evaluated once."""

from __future__ import annotations

import pytest

from recipebatch.errors import InvalidRecipeError, SourcePosition
from recipebatch.plan.expressions import (
    Constant,
    combine,
    compile_command,
    compile_condition,
    compile_setting,
    evaluate,
)
from recipebatch.plan.expressions import evaluate_data as data_of
from recipebatch.plan.expressions.namespaces import OpaqueText
from recipebatch.properties import value_types
from recipebatch.properties.deferred import DeferredText, SecretParameter
from recipebatch.recipe.model import Setting
from recipebatch.recipe.nodes import Entry, Node

AT = SourcePosition("r.yaml", 1, 2)
DYNAMIC = frozenset(("item",))


def setting(text: str | None, *, deferred: bool = False) -> Setting[str, None]:
    return Setting("key", None if text is None else Node(AT, text), value_types.some_text, None, deferred)


def refused(text: str, **scope: object) -> tuple[str, str]:
    with pytest.raises(InvalidRecipeError) as caught:
        evaluate(setting(text), scope)
    return caught.value.problems[0].code, caught.value.message


def test_what_uses_no_name_of_a_loop_is_a_constant() -> None:
    assert isinstance(compile_setting(setting("a ${{ index }}"), {"index": 1}, DYNAMIC), Constant)
    made = compile_setting(setting("a ${{ item }}"), {}, DYNAMIC)
    assert not isinstance(made, Constant)
    assert [made({"item": item}) for item in (1, 2)] == ["a 1", "a 2"]


def test_what_is_not_written_is_the_default() -> None:
    assert evaluate(setting(None), {}) is None


def test_functions_combine_to_a_constant_where_all_of_them_are() -> None:
    one = Constant(1)
    both = combine([one, Constant(2)], sum)
    assert isinstance(both, Constant)
    assert both.value == 3
    assert combine([one, lambda scope: scope["n"]], sum)({"n": 4}) == 5


def test_a_result_that_does_not_fit_is_refused_at_its_position() -> None:
    assert refused("${{ '' }}") == ("invalid-recipe", "key must not be empty")
    assert refused("${{ [1] }}") == ("invalid-recipe", "key must be a text, not a list")
    assert refused("${{ 1 / 0 }}")[0] == "expression-failed"


def test_a_deferred_value_is_refused_where_it_is_not_allowed() -> None:
    text = DeferredText(SecretParameter("tok"))
    marker = OpaqueText(text)
    code, message = refused("${{ x }}", x=marker)
    assert (code, message) == ("deferred-not-here", "key cannot hold a secret, a SAS token or a container's URL")
    assert evaluate(setting("${{ x }}", deferred=True), {"x": marker}) == text


def test_results_in_a_command_are_quoted_for_the_shell() -> None:
    line = compile_command(Node(AT, "echo ${{ item }}"), "linux", {}, DYNAMIC, shell=True)  # noqa: S604 - it starts nothing
    assert line({"item": "a b; c"}) == "echo 'a b; c'"
    windows = compile_command(Node(AT, "echo ${{ item }}"), "windows", {}, DYNAMIC, shell=True)  # noqa: S604 - the same
    assert windows({"item": "a b"}) == 'echo ^"a b^"'


def test_a_condition_is_true_or_false() -> None:
    holds = compile_condition(Node(AT, "${{ item > 1 }}"), {})
    assert [holds({"item": item}) for item in (1, 2)] == [False, True]
    with pytest.raises(InvalidRecipeError, match="neither true nor false"):
        compile_condition(Node(AT, "${{ item }}"), {})({"item": 1})


def test_data_keeps_its_shape_and_the_types_of_its_values() -> None:
    node = Node(AT, {"a": Entry(AT, Node(AT, (Node(AT, "${{ n }}"), Node(AT, 2), Node(AT, "x${{ n }}"))))})
    assert data_of(node, {"n": 1}) == {"a": [1, 2, "x1"]}
