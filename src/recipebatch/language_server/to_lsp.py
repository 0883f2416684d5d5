"""Results of the features → the types of the protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from recipebatch.language_server.features.snippets import plain as plain_text
from recipebatch.language_server.features.suggestion import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipebatch.language_server.features.diagnostics import Diagnostic
    from recipebatch.language_server.features.hover import Hover
    from recipebatch.language_server.features.outline import Symbol
    from recipebatch.language_server.features.suggestion import Suggestion
    from recipebatch.language_server.source.positions import Span, Text

SOURCE = "recipebatch"
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}
_KINDS = {
    Kind.KEY: types.CompletionItemKind.Property,
    Kind.VALUE: types.CompletionItemKind.Value,
    Kind.REFERENCE: types.CompletionItemKind.Reference,
    Kind.SNIPPET: types.CompletionItemKind.Snippet,
    Kind.FUNCTION: types.CompletionItemKind.Function,
    Kind.VARIABLE: types.CompletionItemKind.Variable,
}

_SYMBOLS = {
    "section": types.SymbolKind.Module,
    "parameter": types.SymbolKind.Variable,
    "variable": types.SymbolKind.Constant,
    "container": types.SymbolKind.Package,
    "pool": types.SymbolKind.Struct,
    "job": types.SymbolKind.Class,
    "template": types.SymbolKind.Function,
}


def span(part: Span, text: Text) -> types.Range:
    """A part of a text as a range."""
    return types.Range(start=_position(part.start, text), end=_position(part.end, text))


def _position(offset: int, text: Text) -> types.Position:
    point = text.point(offset)
    return types.Position(line=point.line, character=point.unit)


def diagnostics(found: Iterable[Diagnostic], text: Text) -> list[types.Diagnostic]:
    """Diagnostics with their codes."""
    return [
        types.Diagnostic(
            range=span(each.span, text),
            message=each.message,
            severity=_SEVERITIES.get(each.severity, types.DiagnosticSeverity.Error),
            code=each.code,
            source=SOURCE,
            tags=[types.DiagnosticTag.Unnecessary] if each.is_unused else None,
        )
        for each in found
    ]


def hover(shown: Hover, text: Text) -> types.Hover:
    """Markdown with its range."""
    contents = types.MarkupContent(kind=types.MarkupKind.Markdown, value=shown.markdown)
    return types.Hover(contents=contents, range=span(shown.span, text))


def symbol(found: Symbol, text: Text) -> types.DocumentSymbol:
    """One section or thing, with what is below it."""
    return types.DocumentSymbol(
        name=found.name or "?",
        kind=_SYMBOLS.get(found.kind, types.SymbolKind.Object),
        detail="" if found.kind == "section" else found.kind,
        range=span(found.whole, text),
        selection_range=span(found.name_at, text),
        children=[symbol(each, text) for each in found.children],
    )


def completion_item(suggestion: Suggestion, text: Text, *, snippets: bool) -> types.CompletionItem:
    """One suggestion; without its places for the cursor where the editor knows no snippets."""
    insert = suggestion.insert if snippets or not suggestion.is_snippet else plain_text(suggestion.insert)
    is_snippet = suggestion.is_snippet and snippets
    documentation = None
    if suggestion.documentation:
        documentation = types.MarkupContent(kind=types.MarkupKind.Markdown, value=suggestion.documentation)
    return types.CompletionItem(
        label=suggestion.label,
        kind=_KINDS[suggestion.kind],
        detail=suggestion.detail or None,
        documentation=documentation,
        sort_text=suggestion.sort or None,
        filter_text=suggestion.label,
        insert_text_format=types.InsertTextFormat.Snippet if is_snippet else types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AdjustIndentation,
        text_edit=types.TextEdit(range=span(suggestion.span, text), new_text=insert),
    )
