"""Expressions in a text."""

from __future__ import annotations

import pytest
from language_server.marked import split

from recipebatch.language_server.source.expressions import expression_spans, open_expression, uses
from recipebatch.language_server.source.positions import Span


def whole(text: str) -> Span:
    return Span(0, len(text))


def test_an_expression_ends_at_its_own_braces() -> None:
    text = "${{ {'a': '}}'}['a'] }} $${{ no }} ${{ b }} ${{ open"
    assert [text[span.start : span.end].strip() for span in expression_spans(text, whole(text))] == [
        "{'a': '}}'}['a']",
        "b",
    ]


def test_a_use_is_a_name_with_a_member_wherever_it_stands() -> None:
    text = "params.no ${{ params.a + params['b'] | replace('params.no', x.params.no) }} ${{ storage.c.url }}"
    found = [(use.space, use.member, text[use.span.start : use.span.end]) for use in uses(text, whole(text))]
    assert found == [("params", "a", "a"), ("params", "b", "b"), ("x", "params", "params"), ("storage", "c", "c")]


@pytest.mark.parametrize("marked", ["a ${{ ¦", "a ${{ x }} ${{ y.¦ }}", "${{ '}}' + ¦", "${{\n  x¦"])
def test_a_cursor_in_an_expression(marked: str) -> None:
    text, offset = split(marked)
    start = open_expression(text.text, offset)
    assert start is not None
    assert text.text[start - 3 : start] == "${{"


@pytest.mark.parametrize("marked", ["a ¦ ${{ x }}", "${{ x }} ¦", "$${{ ¦", "a: ${{ x\nb: ¦", "$¦{{"])
def test_a_cursor_in_none(marked: str) -> None:
    text, offset = split(marked)
    assert open_expression(text.text, offset) is None
