"""What a cursor is at inside of `[ ]` and `{ }`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recipebatch.language_server.source.positions import Span

if TYPE_CHECKING:
    from recipebatch.language_server.source.tree import Path

_TOKEN = re.compile(
    r"""\$\$\{\{|\$\{\{(?P<expression>.*?(?:\}\}|\Z))|"(?:[^"\\]|\\.)*(?:"|\Z)|'(?:[^']|'')*(?:'|\Z)|[\[\]{},]|:(?=[\s,\[\]{}]|\Z)|\s\#[^\n]*""",
    re.DOTALL,
)
_WORD = re.compile(r"[^\s,\[\]{}:#]*(?:[ \t]+[^\s,\[\]{}:#]+)*")


@dataclass(slots=True)
class _Frame:
    """A list or a mapping that is open; `key` is the key whose value comes next, `start` where a word begins."""

    is_mapping: bool
    start: int
    key: str | None = None
    number: int = 0
    keys: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPlace:
    """As `Place`, with the path below the outermost bracket."""

    path: Path
    is_key: bool
    word: Span
    key: str | None
    siblings: frozenset[str]


def flow_place(text: str, start: int, offset: int) -> FlowPlace | None:
    """What an offset is at in the collection that begins at another one; None if it has ended before."""
    frames = _open_frames(text, start, offset)
    if not frames:
        return None
    inner = frames[-1]
    path = [frame.key or "" if frame.is_mapping else frame.number for frame in frames]
    first = inner.start
    while first < len(text) and text[first].isspace() and first < offset:
        first += 1
    word = _word(text, first, offset)
    key = None
    if inner.is_mapping and inner.key is None:
        path.pop()
        behind = text[word.end : word.end + 2].lstrip()
        key = text[word.start : word.end].strip("'\"") if behind.startswith(":") else None
    return FlowPlace(
        path=tuple(path),
        is_key=inner.is_mapping and inner.key is None,
        word=word,
        key=key,
        siblings=frozenset(inner.keys) | frozenset(_keys_behind(text, offset, inner)),
    )


def _open_frames(text: str, start: int, offset: int) -> list[_Frame]:
    """The lists and mappings that are open at an offset, from the outermost."""
    frames: list[_Frame] = []
    for token in _TOKEN.finditer(text, start, offset):
        written = token[0]
        if written in {"{", "["}:
            frames.append(_Frame(written == "{", token.end()))
            continue
        if written in {"}", "]"} and frames:
            frames.pop()
        if not frames:
            break
        frame = frames[-1]
        if written == ",":
            frame.start, frame.key = token.end(), None
            frame.number += 1
        elif written == ":" and frame.is_mapping and frame.key is None:
            frame.key = text[frame.start : token.start()].strip().strip("'\"")
            frame.keys.append(frame.key)
            frame.start = token.end()
    return frames


def _word(text: str, first: int, offset: int) -> Span:
    """The word from its first character, over the cursor, to its end."""
    if text[first : first + 1] in {"'", '"'}:
        end = text.find(text[first], first + 1)
        return Span(first, end + 1 if end >= offset - 1 and end >= 0 else offset)
    found = _WORD.match(text, first)
    return Span(first, max(offset, found.end() if found is not None else first))


def _keys_behind(text: str, offset: int, inner: _Frame) -> list[str]:
    """The keys of the same mapping that stand behind the cursor."""
    if not inner.is_mapping:
        return []
    found: list[str] = []
    depth, start = 0, -1
    for token in _TOKEN.finditer(text, offset):
        written = token[0]
        if written in {"{", "["}:
            depth += 1
        elif written in {"}", "]"}:
            if depth == 0:
                break
            depth -= 1
        elif written == "," and depth == 0:
            start = token.end()
        elif written == ":" and depth == 0 and start >= 0:
            found.append(text[start : token.start()].strip().strip("'\""))
            start = -1
    return found
