"""Results of the features as types of the protocol."""

from __future__ import annotations

import pytest
from lsprotocol import types

from recipebatch.language_server import to_lsp
from recipebatch.language_server.features.diagnostics import Diagnostic
from recipebatch.language_server.features.suggestion import Kind, Suggestion
from recipebatch.language_server.source.positions import Span, Text

TEXT = Text("a: 😀 b\n")
SUGGESTION = Suggestion(label="a", kind=Kind.KEY, insert="a: ${1:b}\\$", span=Span(5, 6), is_snippet=True)


def test_a_range_counts_utf_16_units() -> None:
    assert to_lsp.span(Span(3, 6), TEXT) == types.Range(types.Position(0, 3), types.Position(0, 7))


@pytest.mark.parametrize(("severity", "number"), [("error", 1), ("warning", 2), ("note", 3)])
def test_a_diagnostic_has_its_severity_and_its_code(severity: str, number: int) -> None:
    found = Diagnostic(Span(0, 1), "unused-parameter", "a\nhint: b", "b", severity)
    (only,) = to_lsp.diagnostics([found], TEXT)
    assert (only.severity, only.code, only.source) == (number, "unused-parameter", "recipebatch")
    assert only.tags == [types.DiagnosticTag.Unnecessary]


def test_an_editor_without_snippets_gets_their_text() -> None:
    with_places = to_lsp.completion_item(SUGGESTION, TEXT, snippets=True)
    without = to_lsp.completion_item(SUGGESTION, TEXT, snippets=False)
    assert isinstance(with_places.text_edit, types.TextEdit)
    assert isinstance(without.text_edit, types.TextEdit)
    assert (with_places.text_edit.new_text, without.text_edit.new_text) == ("a: ${1:b}\\$", "a: b$")
    assert without.insert_text_format == types.InsertTextFormat.PlainText
