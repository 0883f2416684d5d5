from __future__ import annotations

import pytest

from recipebatch.plan.expressions.namespaces import File, OpaqueText
from recipebatch.plan.expressions.values import (
    MAX_TEXT,
    EvaluationError,
    check_texts,
    element_text,
    plain_text,
    text_of,
)
from recipebatch.properties.deferred import DeferredText, SecretParameter

REFUSED = ["a\ue000secret:tok\ue001", "\ue001", "\0", "a\ud800b"]


def test_scalars_are_texts_as_a_recipe_writes_them() -> None:
    assert [text_of(value) for value in ("é", 1, 1.5, True)] == ["é", "1", "1.5", "true"]
    deferred = DeferredText("a", SecretParameter("tok"))
    assert text_of(OpaqueText(deferred)) == deferred
    assert element_text(File("a/b.txt", "in")) == "b.txt"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (File("a", "in"), "file is not a text"),
        ([1], "a list is not a text"),
        ({}, "a mapping is not a text"),
        (None, "the value must be a text, not nothing"),
        ("a" * (MAX_TEXT + 1), "the result has more than 1,000,000 characters"),
    ],
)
def test_other_values_are_no_texts(value: object, message: str) -> None:
    with pytest.raises(EvaluationError) as raised:
        text_of(value)
    assert str(raised.value) == message


@pytest.mark.parametrize("text", REFUSED)
def test_characters_that_no_service_takes_or_that_marked_secrets_once_are_refused(text: str) -> None:
    with pytest.raises(EvaluationError, match=r"the result holds the character U\+[0-9A-F]{4}, which is not allowed"):
        plain_text(text)
    for value in (text, [[text]], {text: 1}, {"a": [text]}):
        with pytest.raises(EvaluationError, match="which is not allowed"):
            check_texts(value)
    check_texts(["a", {"b": 1}, None, "\U0010ffff"])
