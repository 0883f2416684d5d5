"""Prints every text that a user can read, one a line, so that all of them can be read or searched in one list.

`python tests/docs/user_texts.py` prints all; `python tests/docs/user_texts.py WORD…` those that contain a word.
A line is `KIND  PLACE  TEXT`; the kinds are

* help: commands, arguments and options, from the program itself;
* message, hint: what errors, problems and findings of lint say, from the source;
* output: progress, notes, summaries and all other sentences that the source holds; `{…}` is a value filled in;
* explain: the explanations of codes; schema: the descriptions of keys.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.main import get_command

from recipebatch.cli.app import app
from recipebatch.explain import all_explanations

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src" / "recipebatch"
KINDS = ("help", "message", "hint", "output", "explain", "schema")

# Calls whose text is a message, besides those that raise an error.
_MESSAGES = re.compile(
    r"(Error|Exception|Problem|Refusal|Conflict)$|^_?(problem|finding|failure|fail|fail_at|refuse\w*)$"
)
# The place of the hint among the arguments of these calls: position, message, code, hint.
_HINT = 3
# Two words or more, so that identifiers, codes and keys are left out.
_SENTENCE = re.compile(r"[A-Za-z]{2,}[,;:.)]?['`]? [`'(]?[A-Za-z{]|\} [a-z]{2,}|[a-z]{2,}:? \{")


@dataclass(frozen=True, slots=True)
class Text:
    """One text: its kind (one of KINDS), the place it is written at and the words, on one line."""

    kind: str
    place: str
    words: str

    def __str__(self) -> str:
        return f"{self.kind:<8}{self.place}  {self.words}"


def user_texts() -> tuple[Text, ...]:
    """All texts, by kind."""
    found = [*_help(), *_sources(), *_explanations(), *_schemas()]
    return tuple(sorted(found, key=lambda text: KINDS.index(text.kind)))


def _help() -> Iterator[Text]:
    yield from _command_help(get_command(app), "recipebatch")


def _command_help(command: Any, name: str) -> Iterator[Text]:
    if command.help:
        yield Text("help", name, _line(command.help))
    for parameter in command.params:
        words = getattr(parameter, "help", None)
        if words:
            yield Text("help", f"{name} {'/'.join(parameter.opts)}", _line(words))
    for inner in getattr(command, "commands", {}).values():
        yield from _command_help(inner, f"{name} {inner.name}")


def _explanations() -> Iterator[Text]:
    for entry in all_explanations():
        for part in ("meaning", "cause", "fix"):
            yield Text("explain", f"{entry.code} {part}", getattr(entry, part))


def _schemas() -> Iterator[Text]:
    for path in sorted((ROOT / "schemas").glob("*.json")):
        yield from _descriptions(json.loads(path.read_text(encoding="utf-8")), f"{path.name}#")


def _descriptions(part: Any, pointer: str) -> Iterator[Text]:
    if isinstance(part, dict):
        if isinstance(part.get("description"), str):
            yield Text("schema", pointer, _line(part["description"]))
        for key, inner in part.items():
            yield from _descriptions(inner, pointer if key == "properties" else f"{pointer}/{key}")
    elif isinstance(part, list):
        for number, inner in enumerate(part):
            yield from _descriptions(inner, f"{pointer}/{number}")


def _sources() -> Iterator[Text]:
    for path in sorted(SOURCES.rglob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        place = path.relative_to(ROOT).as_posix()
        for node, kind in _strings(module, "output"):
            words = _line(_words(node))
            if _SENTENCE.search(words):
                yield Text(kind, f"{place}:{node.lineno}", words)


def _strings(node: ast.AST, kind: str) -> Iterator[tuple[ast.Constant | ast.JoinedStr, str]]:
    """Every text that is neither documentation nor help, with the kind that the calls and names around it give it."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node, kind
        return
    if isinstance(node, ast.JoinedStr):
        yield node, kind
        for piece in node.values:
            if isinstance(piece, ast.FormattedValue):
                yield from _strings(piece.value, kind)
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue  # documentation
        if isinstance(child, ast.keyword) and child.arg == "help":
            continue  # the program itself shows it
        yield from _strings(child, _kind(node, child, kind))


def _kind(parent: ast.AST, child: ast.AST, kind: str) -> str:
    """What a text below `child` is."""
    names: list[str] = []
    if isinstance(child, ast.keyword):
        names.append(child.arg or "")
    if isinstance(parent, ast.Assign):
        names += [target.id for target in parent.targets if isinstance(target, ast.Name)]
    if any(name.lstrip("_") in {"hint", "hints"} for name in names):
        return "hint"
    if any(name.lstrip("_") in {"message", "reason", "why"} for name in names):
        return "message"
    if isinstance(parent, ast.Call) and isinstance(child, ast.expr) and child in parent.args:
        function = parent.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in {"Problem", "fail_at", "finding"} and parent.args.index(child) == _HINT:
            return "hint"
        return "message" if _MESSAGES.search(name) else kind
    return kind


def _words(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(str(piece.value) if isinstance(piece, ast.Constant) else "{…}" for piece in node.values)


def _line(text: str) -> str:
    return " ".join(text.split())


def main(words: list[str]) -> None:
    """Print all texts, or those that contain one of the words."""
    for text in user_texts():
        line = str(text)
        if not words or any(word.lower() in line.lower() for word in words):
            sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
