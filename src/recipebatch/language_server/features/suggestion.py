"""Suggestion: one thing that can be written at the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipebatch.language_server.source.positions import Span


class Kind(Enum):
    """What it is, for the symbol that an editor shows beside it."""

    KEY = "key"
    VALUE = "value"
    REFERENCE = "reference"
    SNIPPET = "snippet"
    FUNCTION = "function"
    VARIABLE = "variable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One thing that can be written.

    Attributes:
        insert: what is put into the text; in the syntax of snippets if it is one.
        span: what it takes the place of.
        detail: shown beside it.
        documentation: Markdown.
        sort: orders them; empty is by label.
    """

    label: str
    kind: Kind
    insert: str
    span: Span
    is_snippet: bool = False
    detail: str = ""
    documentation: str = ""
    sort: str = ""
