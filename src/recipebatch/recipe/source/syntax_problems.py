"""What YAML's parser refuses → the mistake that a person made, and how to write it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipebatch.text.lines import is_tab_indentation, line_of

if TYPE_CHECKING:
    from collections.abc import Callable

_EXPRESSION_BEFORE = re.compile(r"\$\{?\Z")
_BEGINS_QUOTED = re.compile(r"\s*(?:-\s+)*(?:[\w.-]+:\s+)?([\[\"'{])")
_BEGINS_BLOCK = re.compile(r"\s*(?:-\s+)*(?:[\w.-]+:\s+)?([|>])")
_MISSING_BLANK = re.compile(r"\s*(?:-\s+)?([A-Za-z_]\w*):(?=[^\s])")
_DASH_WITHOUT_BLANK = re.compile(r"\s*-[A-Za-z_]\w*:\s")
_KEY = re.compile(r"(\s*(?:-\s+)*)[A-Za-z_][\w.-]*:(?:\s|\Z)")
_ANCHOR = re.compile(r"[\w-]+\Z")
_WHOLE = "put the whole text in single quotes"


_NO_COLON = ("a key without ':'", "write `key: value`; indent the lines of a longer text below it")
_NOT_CLOSED = ("a quote or bracket is never closed", "close it where its text ends")
_ESCAPE = (
    "a \\ in double quotes begins an escape that YAML does not have",
    "write \\\\ in double quotes, or put the text in single quotes: they keep each \\",
)
_INSIDE = {
    "'": "put the text in double quotes, or write '' for each ' inside '…'",
    '"': 'put the text in single quotes, or write \\" for each " inside "…"',
}
_MOST_QUOTED = 60


def explain_syntax(problem: str, text: str, line: int, column: int) -> tuple[str, str | None]:
    """The parser's complaint as a message, and a hint.

    Args:
        problem: the parser's words.
        text: the whole file.
        line, column: where the parser stopped, from 1.
    """
    written, above = line_of(text, line), line_of(text, line - 1)
    if is_tab_indentation(written, column):
        return "a tab cannot indent YAML", "indent with spaces"
    explanations: tuple[tuple[str, Callable[[], tuple[str, str | None]]], ...] = (
        ("expected ',' or", lambda: _in_brackets(problem, written, column)),
        ("mapping values are not allowed", lambda: _second_colon(above, written)),
        ("cannot start any token", lambda: _cannot_begin(written, column)),
        ("could not find expected ':'", lambda: _NO_COLON),
        ("unknown escape character", lambda: _ESCAPE),
        ("comment or a line break", lambda: _block(written, column)),
        ("chomping or indentation", lambda: _block(written, column)),
        ("unexpected end of stream", lambda: _NOT_CLOSED),
        ("expected <block end>", lambda: _does_not_fit(written, column)),
    )
    for words, explanation in explanations:
        if words in problem:
            return explanation()
    return f"not YAML: {problem}", None


def explain_alias(anchor: str) -> tuple[str, str]:
    """A value that begins with `*` and names no anchor: nearly always a pattern of file names."""
    if _ANCHOR.match(anchor):
        return (
            f"*{anchor} refers to no complete value above it",
            f"define &{anchor}; a pattern needs quotes: '*{anchor}'",
        )
    return (
        f"*{anchor} is read as a reference to an anchor, not as a pattern",
        f"put a pattern in quotes: '*{anchor}'",
    )


def explain_tag(tag: str) -> str:
    """The hint for a tag that is none of YAML's own: nearly always a text that begins with `!`."""
    return "remove it" if tag.startswith("!!") else f"a value that begins with ! is a tag: {_WHOLE}"


def explain_collection_as_key(written: str, column: int) -> tuple[str, str]:
    """A `{` or `[` where a key is to stand: nearly always an expression without its quotes or its `$`."""
    if written[column - 1 : column] == "{" and written[column - 2 : column - 1] in {"{", "$"}:
        before = written[max(0, column - 3) : column - 1]
        if before.endswith("{") and not before.startswith("$"):
            return "{{ … }} is a mapping in YAML, not an expression", "write ${{ … }}; inside [ ] and { } in quotes"
    return "a key must be a text, not a list or a mapping", "put it in quotes"


def _in_brackets(problem: str, written: str, column: int) -> tuple[str, str | None]:
    """Inside `[ ]` or `{ }`, a character that ends a plain text."""
    got = written[column - 1 : column]
    if got == "{" and _EXPRESSION_BEFORE.search(written[: column - 1]):
        hint = 'put the whole text in quotes: "… ${{ … }} …"; or write the list or mapping on lines of its own'
        return "an expression inside [ ] or { } needs quotes", hint
    if got in {"[", "]", "{", "}"}:
        return f"a text with {got} inside [ ] or {{ }} needs quotes", 'for example ["part[0-9].csv"]'
    if not got:
        return _NOT_CLOSED
    if (sign := written[column - 2 : column - 1]) in _INSIDE:
        return f"a text that begins with {sign} ends at the next {sign}; nothing may follow it", _INSIDE[sign]
    if got in {'"', "'"}:
        return f"not YAML: {problem}", "close the bracket, or write a comma between two values"
    return f"not YAML: {problem}", "write a comma between two values, and quotes around a text with [ ] { } or ,"


def _second_colon(above: str, written: str) -> tuple[str, str]:
    if _DASH_WITHOUT_BLANK.match(written) or _DASH_WITHOUT_BLANK.match(above):
        return "a - without a blank after it begins no entry of a list", "write `- key: value`"
    if (missing := _MISSING_BLANK.match(above)) is not None and _KEY.match(written):
        return f"{missing[1]}: has no blank after the colon", f"write `{missing[1]}: value`"
    key = _KEY.match(written)
    first = _KEY.match(above)
    if key is not None and first is not None and written.count(": ") <= 1 and len(key[1]) > len(first[1]):
        return "this line does not fit the indentation above it", "give keys of one mapping the same indentation"
    return "a second ': ' on one line", f"{_WHOLE}, or the inner mapping on lines of its own"


def _cannot_begin(written: str, column: int) -> tuple[str, str]:
    return f"a value cannot begin with {written[column - 1 : column]}", f"{_WHOLE}: {_quoted_from(written, column)}"


def _block(written: str, column: int) -> tuple[str, str]:
    """A value that begins with `|` or `>` and goes on in the same line."""
    begins = _BEGINS_BLOCK.match(written)
    if begins is None:
        return _does_not_fit(written, column)
    message = f"a value that begins with {begins[1]} is a block of text on the lines below"
    return message, f"{_WHOLE}: {_quoted_from(written, begins.start(1) + 1)}"


def _does_not_fit(written: str, column: int) -> tuple[str, str]:
    begins = _BEGINS_QUOTED.match(written)
    if begins is not None and begins.start(1) < column - 1:
        sign = begins[1]
        what = {"[": "list, which ends at ]", "{": "mapping, which ends at }"}.get(
            sign, f"text that ends at the next {sign}"
        )
        message = f"a value that begins with {sign} is a {what}; nothing may follow it"
        return message, f"{_WHOLE}: {_quoted_from(written, begins.start(1) + 1)}"
    return "this line does not fit the indentation above it", "give keys of one mapping the same indentation"


def _quoted_from(written: str, column: int) -> str:
    """The rest of a line from a column, in single quotes; cut short."""
    value = written[column - 1 :].strip()
    shown = value if len(value) <= _MOST_QUOTED else f"{value[: _MOST_QUOTED - 1]}…"
    return "'" + shown.replace("'", "''") + "'"
