"""Names as expressions find them in a task, and the value of an expression that uses them."""

from __future__ import annotations

from recipebatch.plan.expressions.evaluate import evaluator
from recipebatch.plan.expressions.namespaces import File, Namespace, OpaqueText, env, storage
from recipebatch.properties.deferred import DeferredText, SecretParameter
from recipebatch.recipe.expressions.syntax import Expression, template
from recipebatch.vocabulary.ids import ContainerName

NAMES = {
    "params": Namespace("params", {"n": 3, "text": "a-b", "list": [3, 1, 2], "flag": True}),
    "item": {"a": 1, "b c": "x", "keys": "mine"},
    "index": 7,
    "file": File("in/data.tar.gz", "input"),
    "env": env({"RECIPEBATCH_X": "1", "USER": "me", "AWS_SECRET": "no"}),
    "storage": storage({"out": ContainerName("demo-out")}),
    "secrets": Namespace("secrets", {"tok": OpaqueText(DeferredText(SecretParameter("tok")))}),
}


def value_of(source: str) -> object:
    (expression,) = template("${{ " + source + " }}")
    assert isinstance(expression, Expression)
    return evaluator(expression)(NAMES)
