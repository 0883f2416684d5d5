"""The problems of the tasks of a loop."""

import pytest

from recipebatch.errors import InvalidRecipeError, Problem, SourcePosition
from recipebatch.plan.expressions import UNKNOWN, File, Namespace, OpaqueText
from recipebatch.plan.loops import ItemProblems, item_name, of_item
from recipebatch.properties.deferred import DeferredText, SecretParameter

AT = SourcePosition("r.yaml", 3, 4)


def error(code: str, message: str = "no") -> InvalidRecipeError:
    return InvalidRecipeError((Problem(AT, message, code),))


def test_what_many_tasks_have_for_the_same_reason_is_said_once_with_their_number() -> None:
    problems = ItemProblems()
    for number in range(1200):
        assert problems.add("t", {"item": number}, error("invalid-id", f"not {number}"))
    assert [problem.message for problem in problems.all()] == ["not 0 (item 0, and 1,199 more tasks)"]


def test_of_other_problems_of_a_template_ten_are_kept_each_with_its_item() -> None:
    problems = ItemProblems()
    answers = [problems.add("t", {"item": number}, error("expression-failed")) for number in range(10)]
    assert answers == [True] * 9 + [False]
    assert problems.add("other", {}, error("expression-failed"))
    assert [problem.message for problem in problems.all()][8:] == ["no (item 8)", "no (item 9)", "no"]


def test_an_item_is_described_in_few_words() -> None:
    assert (of_item({}), of_item({"item": "a"})) == ("", " (item 'a')")
    assert len(of_item({"item": "a" * 200})) < 100


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ({"file": File("in/a b.txt", "input")}, "in/a b.txt"),
        ({"group": Namespace("group", {"key": "x"})}, "x"),
        ({"item": "it's"}, "it's"),
        ({"item": {"strike": 90, "seed": 1}}, "strike=90, seed=1"),
        ({"items": [1, "b"]}, "1, b"),
        ({"item": 7}, "7"),
        ({"item": {"fast": True, "x": None}}, "fast=true, x=null"),
        ({"item": OpaqueText(DeferredText(SecretParameter("key")))}, "a text that is not known yet"),
        ({"item": UNKNOWN}, ""),
        ({}, ""),
    ],
)
def test_the_name_of_an_item_is_as_its_user_writes_it(names: dict[str, object], name: str) -> None:
    assert item_name(names) == name


def test_a_long_name_of_an_item_is_cut() -> None:
    assert item_name({"item": "a" * 300}) == "a" * 197 + "..."
