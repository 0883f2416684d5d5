"""Text → document that remembers where every key and value was written.

YAML 1.2, core schema: `yes`, `on` and dates are texts. Anchors, aliases and merge keys work; tags beyond the core
schema, several documents and keys that are not texts do not. Size, depth and expansion by aliases are bounded, so a
file from elsewhere cannot exhaust the machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

from recipebatch.errors import InvalidRecipeError, Problem, ProblemList, SourceFile, SourcePosition, fail_at
from recipebatch.properties.value_types import control_character
from recipebatch.properties.written_scalars import WrittenBoolean, as_written
from recipebatch.recipe.expressions import has_expression
from recipebatch.recipe.nodes import Entry, Node, Scalar
from recipebatch.recipe.source.syntax_problems import (
    explain_alias,
    explain_collection_as_key,
    explain_syntax,
    explain_tag,
)
from recipebatch.text.lines import line_of, with_tabs
from recipebatch.vocabulary.reserved_characters import unfit_character

MAX_BYTES = 1_500_000
MAX_VALUES = 20_000
"""Keys and values of one recipe with all its files; YAML is read at 10,000 to 30,000 of them in a second."""

MAX_DEPTH = 100
MAX_ALIASED_NODES = 40_000
"""Values that aliases may add to those written out; more is a mistake or an attack ("billion laughs")."""

_MAX_DIGITS = 300
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
"""One character beyond U+FFFF, as JSON escapes it (RFC 8259, section 7); YAML's reader leaves its halves apart."""

_LONG_TAG = re.compile(r"(?:^|[\s,\[{:?-])(![^\s]{1000})", re.MULTILINE)
"""The YAML reader takes time with the square of a tag's length."""

_CORE_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED_INTEGER = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def read_text(data: bytes, file: str) -> str:
    """Decode a recipe file.

    Raises:
        InvalidRecipeError: it is too large, or not UTF-8.
    """
    if len(data) > MAX_BYTES:
        fail_at(
            SourcePosition(file, 1, 1),
            f"the file is too large: a recipe has at most {MAX_BYTES:,} bytes",
            code="file-too-large",
            hint="keep data in a table that a task loops over (for_each: rows)",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", errors="replace")
        at = SourcePosition(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        fail_at(at, f"the file is not UTF-8: byte 0x{data[error.start]:02x}", code="not-utf-8", hint="save it as UTF-8")


def parse(text: str, file: str, most: int = MAX_VALUES, *, quotable: bool = True) -> Node:
    """Read one YAML document whose top is a mapping.

    Args:
        text: the whole file.
        file: its name as the user gave it, for positions.
        most: keys and values that it may have.
        quotable: whether messages may show its lines: it holds no secrets.

    Raises:
        InvalidRecipeError: the text is no such document; problems that do not stop the reading come together.
    """
    from ruamel.yaml import YAML  # here, not above: a part of the start-up that only recipes pay
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError
    from ruamel.yaml.scanner import Scanner

    if quotable:
        file = SourceFile(file, text)
    if (tag := _LONG_TAG.search(text)) is not None:
        before = text[: tag.start(1)]
        at = SourcePosition(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        fail_at(at, "a tag with more than 1,000 characters", code="yaml-tag", hint="remove it; quote a text")
    builder = _Builder(file, text, most)
    try:
        yaml = YAML(typ="safe", pure=True)
        yaml.Scanner = with_tabs(Scanner)
        for event in yaml.parse(text):
            builder.take(event)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message, hint = explain_syntax(str(error.problem or error.context), text, line, column)
        fail_at(SourcePosition(file, line, column), message, code="yaml-syntax", hint=hint)
    except ReaderError as error:
        before = text[: error.position]
        at = SourcePosition(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        message = f"the character U+{ord(text[error.position]):04X} is not allowed in YAML"
        fail_at(at, message, code="yaml-syntax", hint="write it as an escape in double quotes")
    return builder.finish()


@dataclass(slots=True)
class _Frame:
    """A collection that is being read; `key` is the key whose value comes next."""

    at: SourcePosition
    is_mapping: bool
    anchor: str | None
    entries: dict[str, Entry] = field(default_factory=dict)
    merges: list[Node] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)
    key: tuple[str, SourcePosition] | None = None
    size: int = 1
    height: int = 0


class _Builder:
    """Parser events → Node, without recursion, so that depth is ours to limit."""

    def __init__(self, file: str, text: str, most: int) -> None:
        self._file = file
        self._text = text
        self._most = most
        self._count = 0
        self._stack: list[_Frame] = []
        self._anchors: dict[str, Node] = {}
        self._aliased = 0
        self._documents = 0
        self._root: Node | None = None
        self._problems = ProblemList()

    def take(self, event: Any) -> None:
        at = SourcePosition(self._file, event.start_mark.line + 1, event.start_mark.column + 1)
        if "&" in (getattr(event, "anchor", None) or "") and type(event).__name__ != "AliasEvent":
            hint = "a value that begins with & is an anchor: put the whole text in single quotes"
            fail_at(at, "an anchor cannot have & in its name", code="yaml-syntax", hint=hint)
        match type(event).__name__:
            case "DocumentStartEvent":
                self._start_document(event, at)
            case "ScalarEvent":
                self._count_one(at)
                value = self._scalar(event, at)
                is_unusual = isinstance(value, bool) and event.value != str(value).lower()
                node = Node(at, value, boolean=WrittenBoolean(bool(value), event.value) if is_unusual else None)
                if event.anchor:
                    self._anchors[event.anchor] = node
                self._add(node, at)
            case "MappingStartEvent" | "SequenceStartEvent":
                self._count_one(at)
                self._open(event, at)
            case "MappingEndEvent" | "SequenceEndEvent":
                self._close()
            case "AliasEvent":
                self._count_one(at)
                self._alias(event.anchor, at)
            case _:
                pass

    def finish(self) -> Node:
        root, top = self._root, SourcePosition(self._file, 1, 1)
        if root is None or root.value is None:
            fail_at(
                top, "the file is empty", code="empty-file", hint="start one with: recipebatch new NAME --from topn"
            )
        if not isinstance(root.value, dict):
            kind = "a list" if isinstance(root.value, tuple) else "a single text"
            fail_at(root.at, f"a recipe is a mapping (`key: value` lines), not {kind}", code="not-a-mapping")
        if self._problems:
            raise InvalidRecipeError(tuple(sorted(self._problems, key=lambda problem: problem.at)))
        return root

    def _count_one(self, at: SourcePosition) -> None:
        self._count += 1
        if self._count > self._most:
            message = f"the file holds too many values: a recipe has at most {MAX_VALUES:,} keys and values"
            hint = "keep data in a table that a task loops over (for_each: rows)"
            fail_at(at, message, code="too-many-values", hint=hint)

    def _start_document(self, event: Any, at: SourcePosition) -> None:
        self._documents += 1
        if self._documents > 1:
            fail_at(
                at,
                "a second YAML document starts here",
                code="yaml-syntax",
                hint="remove the `---`",
            )
        if event.version and tuple(event.version) != (1, 2):
            fail_at(at, "recipes are YAML 1.2", code="yaml-syntax", hint="remove the %YAML line")

    def _open(self, event: Any, at: SourcePosition) -> None:
        is_mapping = type(event).__name__ == "MappingStartEvent"
        if event.tag and event.tag not in {f"{_CORE_TAG}map", f"{_CORE_TAG}seq", "!"}:
            self._refuse_tag(event.tag, at)
        if len(self._stack) >= MAX_DEPTH:
            fail_at(at, f"nested more than {MAX_DEPTH} levels deep", code="too-deep")
        self._refuse_as_key(at)
        self._stack.append(_Frame(at, is_mapping, event.anchor))

    def _close(self) -> None:
        frame = self._stack.pop()
        value: tuple[Node, ...] | dict[str, Entry] = tuple(frame.items)
        if frame.is_mapping:
            value = frame.entries
            for merged in frame.merges:
                for key, entry in merged.value.items() if isinstance(merged.value, dict) else ():
                    value.setdefault(key, entry)
        node = Node(frame.at, value, frame.size, frame.height + 1)
        if frame.anchor:
            self._anchors[frame.anchor] = node
        self._add(node, frame.at)

    def _alias(self, anchor: str, at: SourcePosition) -> None:
        node = self._anchors.get(anchor)
        if node is None:
            message, hint = explain_alias(anchor)
            fail_at(at, message, code="yaml-syntax", hint=hint)
        self._aliased += node.size
        if self._aliased > MAX_ALIASED_NODES:
            fail_at(at, f"aliases write out more than {MAX_ALIASED_NODES:,} values", code="too-many-aliases")
        if len(self._stack) + node.height > MAX_DEPTH:
            fail_at(at, f"nested more than {MAX_DEPTH} levels deep", code="too-deep")
        self._add(node, at)

    def _add(self, node: Node, at: SourcePosition) -> None:
        if not self._stack:
            self._root = node
            return
        frame = self._stack[-1]
        if frame.is_mapping and frame.key is None:
            self._take_key(frame, node, at)
            return
        frame.size += node.size
        frame.height = max(frame.height, node.height)
        if not frame.is_mapping:
            frame.items.append(node)
            return
        key, key_at = frame.key or ("", at)
        frame.key = None
        if key == "<<":
            self._merge(frame, node, at)
        elif key in frame.entries:
            first = frame.entries[key].key_at
            message = f"duplicate key {key}"
            self._problems.append(Problem(key_at, message, "duplicate-key", f"the first is in line {first.line}"))
        else:
            frame.entries[key] = Entry(key_at, node)

    def _take_key(self, frame: _Frame, node: Node, at: SourcePosition) -> None:
        key = node.value
        if not isinstance(key, str):
            written = "nothing" if key is None else str(key).lower()
            message = f"a key must be a text, not {written}"
            self._problems.append(Problem(at, message, "key-not-text", "put it in quotes"))
            key = written
        if (control := control_character(key)) is not None:
            message = f"a key must not hold the control character {control}"
            fail_at(at, message, code="control-character", hint="remove it")
        if has_expression(key):
            message = "an expression is not allowed in a key"
            self._problems.append(Problem(at, message, "expression-in-key", "expressions are allowed in values only"))
        frame.key = (key, at)

    def _merge(self, frame: _Frame, node: Node, at: SourcePosition) -> None:
        sources = node.items() or (node,)
        if all(isinstance(source.value, dict) for source in sources):
            frame.merges.extend(sources)
            return
        message = "<< merges a mapping, or a list of mappings"
        self._problems.append(Problem(at, message, "yaml-syntax", "refer to a mapping by its anchor: `<<: *name`"))

    def _refuse_as_key(self, at: SourcePosition) -> None:
        if self._stack and self._stack[-1].is_mapping and self._stack[-1].key is None:
            message, hint = explain_collection_as_key(line_of(self._text, at.line), at.column)
            fail_at(at, message, code="key-not-text", hint=hint)

    def _refuse_tag(self, tag: str, at: SourcePosition) -> NoReturn:
        written = f"!!{tag.removeprefix(_CORE_TAG)}" if tag.startswith(_CORE_TAG) else tag
        fail_at(at, f"the tag {written} is not supported in a recipe", code="yaml-tag", hint=explain_tag(written))

    def _scalar(self, event: Any, at: SourcePosition) -> Scalar:
        text: str = _PAIR.sub(_joined, event.value)
        if (refused := unfit_character(text)) is not None:
            fail_at(
                at, f"the character {refused} is not allowed in a recipe", code="reserved-character", hint="remove it"
            )
        tag = event.tag
        if tag == f"{_CORE_TAG}str" or (tag is None and not event.implicit[0]) or tag == "!":
            return text
        if tag is not None and tag.removeprefix(_CORE_TAG) not in {"int", "float", "bool", "null"}:
            self._refuse_tag(tag, at)
        if event.style is not None and tag is None:
            return text
        if _NOT_FINITE.match(text):
            fail_at(at, f"{text} is not a number that can be used", code="not-finite", hint="quote it if it is a text")
        if len(text) > _MAX_DIGITS and (_INTEGER.match(text) or _BASED_INTEGER.match(text) or _FLOAT.match(text)):
            fail_at(at, f"a number with {len(text)} digits", code="number-too-long", hint="quote it if it is a text")
        value = _core(text)
        types = {"int": int, "float": (int, float), "bool": bool, "null": type(None)}.get(
            (tag or "").removeprefix(_CORE_TAG)
        )
        if types is not None and not isinstance(value, types):  # type: ignore[arg-type]
            fail_at(at, f"{text!r} does not match its tag !!{tag.removeprefix(_CORE_TAG)}", code="yaml-tag")
        return value


def _core(text: str) -> Scalar:
    """A plain scalar by the core schema of YAML 1.2 (section 10.3)."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.match(text):
        return as_written(int(text), text)
    if _BASED_INTEGER.match(text):
        return as_written(int(text, 0), text)
    if _FLOAT.match(text):
        number = float(text)
        return text if number in {float("inf"), float("-inf")} else as_written(number, text)
    return text


def _joined(pair: re.Match[str]) -> str:
    """The character whose two halves these are."""
    return pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")
