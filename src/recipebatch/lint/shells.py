"""Rules about what a shell makes of commands: failures that it hides, and values that it reads a second time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipebatch.lint.pipes import inner_scripts, second_readings
from recipebatch.lint.subject import command_lines, finding
from recipebatch.recipe import CMD_VARIABLE, Expression, QuoteState, read_cmd, simple_commands, template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.errors import Problem
    from recipebatch.lint.subject import Subject
    from recipebatch.recipe import Node, SimpleCommand
    from recipebatch.recipe.model import CommandSpec, Recipe

_CANNOT_FAIL = frozenset(("echo", "printf", "true", ":", "yes"))
_DECLARES = frozenset(("export", "declare", "local", "readonly", "typeset"))
_CMD = re.compile(r'\s*"?(?:[^\s"]*[/\\])?cmd(?:\.exe)?"?\s+(?:/\w\S*\s+)*?/[ck]\s*(.*)', re.IGNORECASE | re.DOTALL)
"""`cmd /c a`: what cmd runs."""

_NUMBERS = r"-(?:eq|ne|lt|le|gt|ge)"
_SUBSCRIPT = re.compile(r"\A\$?\{?[A-Za-z_]\w*\[[^\]]*\0|\A\$\{[#!]?[A-Za-z_]\w*(?:\[[^\]]*\])?:(?![-=?+])[^}]*\0")
"""`a[X]=`, `${a[X]}` and `${a:X}`: places of arithmetic."""

_NUMBER_FILTERS = frozenset(("int", "float", "length", "round", "abs", "sum"))
_NUMBER_NAMES = frozenset(("index", "level"))

_CHANGES_FOLDER = frozenset(("cd", "chdir", "pushd", "popd"))
_SET = re.compile(r"set\s+(?:/[ap]\s+)?\"?([^=\s\"]+?)\s*[-+*/%&^|]?=", re.IGNORECASE)
_EARLY_HINT = 'write these commands into a .bat file and upload it, or `cmd /v:on /c "set X=1&& echo !X!"`'
_EARLY_HINTS = {"errorlevel": "use `&&` and `||`, or `if errorlevel 1`", "cd": "use a relative path"}

_BASHISMS = {
    "[[ ]]": re.compile(r"(?:^|[\s;&|(!])\[\[(?=\s)"),
    "(( ))": re.compile(r"(?:^|[\s;&|!])\(\((?!\()"),
    "<( )": re.compile(r"(?<![<>])[<>]\((?!\()"),
    "<<<": re.compile(r"<<<"),
    "&>": re.compile(r"(?<![>&])&>"),
    "|&": re.compile(r"\|&(?!&)"),
    "an array": re.compile(r"(?:^|[\s;&|])[A-Za-z_]\w*\+?=\("),
    "+=": re.compile(r"(?:^|[\s;&|])[A-Za-z_]\w*\+="),
    "{a,b}": re.compile(r"(?<![$\\])\{(?:[^\s{}]*,[^\s{}]*|[-\w]+\.\.[-\w]+(?:\.\.\d+)?)\}"),
    "function": re.compile(r"(?:^|[\s;&|])function\s+\w"),
    "select": re.compile(r"(?:^|[\n;&|]\s*)select\s+\w+\s+in\s"),
}
_EXPANSIONS = {
    "$'…'": re.compile(r"\$'"),
    "${x/a/b}": re.compile(r"\$\{[A-Za-z_]\w*(?:\[[^\]]*\])?/"),
    "${x:1:2}": re.compile(r"\$\{[A-Za-z_]\w*:[^-=?+}]"),
    "${x^^}": re.compile(r"\$\{[A-Za-z_]\w*(?:\^|,)"),
    "${!x}": re.compile(r"\$\{![A-Za-z_]"),
    "${x[i]}": re.compile(r"\$\{#?[A-Za-z_]\w*\["),
    "$[ ]": re.compile(r"\$\["),
    "$RANDOM": re.compile(r"\$\{?(?:RANDOM|SECONDS|BASH\w*|PIPESTATUS|FUNCNAME|OSTYPE|HOSTNAME|UID|EUID|RANDOM)\b"),
}
_BUILTINS = frozenset(("declare", "dirs", "let", "mapfile", "popd", "pushd", "readarray", "shopt", "source", "typeset"))
_OPTIONS = {
    "echo": re.compile(r"-[neE]*[neE]\Z"),
    "read": re.compile(r"-[a-qs-zA-Z]"),
    "wait": re.compile(r"-n\Z"),
    "printf": re.compile(r"-v\Z|.*%q"),
    "export": re.compile(r"-[fn]\Z"),
    "[": re.compile(r"==\Z|=~\Z|-v\Z"),
    "test": re.compile(r"==\Z|=~\Z|-v\Z"),
    "trap": re.compile(r"(?:ERR|DEBUG|RETURN)\Z"),
}
"""What only bash, or not every `sh`, knows: builtins, and builtin → arguments."""


def hidden_failures(subject: Subject) -> Iterator[Problem]:
    """Pipes in commands that run in `sh`, which has no `pipefail` everywhere, and what hides a failure in cmd."""
    yield from _hidden_by_cmd(subject)
    for command, line in command_lines(subject, "sh"):
        if "pipefail" in "".join(str(each.value) for each in command.lines):
            continue
        for each in simple_commands(template(str(line.value)), "sh"):
            if each.piped and each.name not in _CANNOT_FAIL:
                what = f"a failure of {each.name}" if each.name.isidentifier() else "a failure"
                message = f"{what} before `|` does not end the task: in sh only the last command of a pipe counts"
                yield finding(line.at, message, "pipe-hides-failure", _instead(command))
                break
    yield from _hidden_in_inner_shells(subject)
    yield from _hidden_by_substitution(subject)


def bashisms(subject: Subject) -> Iterator[Problem]:
    """What only bash understands, in commands that run in `sh`."""
    for command, line in command_lines(subject, "sh"):
        found = list(dict.fromkeys(_of_bash(line)))
        if found:
            message = f"{', '.join(found)} {'are' if len(found) > 1 else 'is'} for bash, but the command runs in sh"
            yield finding(line.at, message, "bash-in-sh", _instead(command, "write it for POSIX shells"))


def values_read_twice(subject: Subject) -> Iterator[Problem]:
    """Expressions in what a second shell reads: `eval`, `bash -c`, `ssh`."""
    for command, line in command_lines(subject, "bash", "sh", None):
        for each in simple_commands(template(str(line.value)), command.shell):
            found = next(((name, value) for name, word in second_readings(each) for value in word.expressions), None)
            if found is not None and not found[1].raw and not _is_number(found[1], subject.recipe):
                name, value = found
                message = f"{name} reads the value of ${{{{ {value.source} }}}} a second time, as a part of a command"
                hint = f"pass it as an argument (`bash -c 'run \"$1\"' _ ${{{{ {value.source} }}}}`), or in a variable"
                yield finding(line.at, message, "value-read-twice", hint)
                break


def values_in_arithmetic(subject: Subject) -> Iterator[Problem]:
    """Expressions where the shell calculates: it runs commands that stand in a value there."""
    for command, line in command_lines(subject, "bash", "sh"):
        for each in simple_commands(template(str(line.value)), command.shell):
            found = next((value for value in _calculated(each) if not _is_number(value, subject.recipe)), None)
            if found is not None:
                message = f"the shell evaluates the value of ${{{{ {found.source} }}}} as arithmetic"
                hint = f"write ${{{{ {found.source} | int }}}}: a text such as `a[$(id)]` runs a command there"
                yield finding(line.at, message, "value-in-arithmetic", hint)
                break


def variables_read_early(subject: Subject) -> Iterator[Problem]:
    """`%X%` in the commands that set X: cmd replaces all variables of a line before it runs the first command."""
    for command in subject.commands:
        written: dict[str, str] = {}
        for line in command.lines if command.shell == "cmd" else ():
            name = _read_early(line, written)
            if name is not None:
                message = f"%{name}% is replaced before {written[name.lower()]} runs: cmd reads all commands first"
                yield finding(line.at, message, "variable-read-early", _EARLY_HINTS.get(name.lower(), _EARLY_HINT))


RULES = (hidden_failures, bashisms, values_read_twice, values_in_arithmetic, variables_read_early)


def _hidden_in_inner_shells(subject: Subject) -> Iterator[Problem]:
    """Pipes in what a shell that the recipe starts itself reads: it has no `pipefail` unless it is told."""
    for command, line in command_lines(subject, "bash", "sh", None):
        for inner in inner_scripts(str(line.value), command.shell):
            if "pipefail" in inner.before + inner.text or "PIPESTATUS" in inner.text:
                continue
            if any(each.piped and each.name not in _CANNOT_FAIL for each in simple_commands((inner.text,), "sh")):
                message = f"a failure before `|` does not end the task: in {inner.by} only the last command counts"
                hint = "write `bash -o pipefail -c '…'`, or write to a file first: `a > out`, then `b < out`"
                if command.shell is None and not command.in_container:
                    hint = f"write `commands`, which run in bash with pipefail, or {hint.removeprefix('write ')}"
                yield finding(line.at, message, "pipe-hides-failure", hint)
                break


def _hidden_by_substitution(subject: Subject) -> Iterator[Problem]:
    """`a <(b)` and `export X=$(b)`: bash does not look at how b ended, with or without `pipefail`."""
    for _, line in command_lines(subject, "bash", "sh"):
        for each in simple_commands(template(str(line.value)), "bash"):
            if any(re.search(r"[<>]\(…\)", word.bare) for word in each.words):
                what, hint = "in <( ) does not end the task", "write to a file first: `b > out`, then `a out`"
            elif each.name in _DECLARES and any(re.search(r"=.*\$?\(…\)", word.text) for word in each.arguments):
                what, hint = (
                    f"in the value of {each.name} does not end the task",
                    f"write `X=$(b)`, then `{each.name} X`",
                )
            else:
                continue
            yield finding(line.at, f"a failure {what}", "pipe-hides-failure", hint)
            break


def _hidden_by_cmd(subject: Subject) -> Iterator[Problem]:
    for command, line in command_lines(subject, "cmd", None):
        text = _literal(line)
        if command.shell is None:
            started = _CMD.match(text)
            if started is None:
                continue
            text = re.sub(r'\A"(.*)"\s*\Z', r"\1", started[1], flags=re.DOTALL)
        read = read_cmd(text)
        first = text.lstrip("@( ").partition(" ")[0].lower()
        if "|" in read.operators and first not in _CANNOT_FAIL:
            message = "a failure before `|` does not end the task: in cmd only the last command of a pipe counts"
            yield finding(line.at, message, "pipe-hides-failure", "write to a file first: `a > out`, then `b < out`")
        elif "&" in read.operators and not read.is_comment:
            message = "a failure before `&` does not end the task: cmd goes on with the next command"
            yield finding(line.at, message, "pipe-hides-failure", "write `&&`, or each as a command of its own")
        elif read.loops and "||" not in text:
            message = "a failure in a loop does not end it: in cmd only the last turn counts"
            yield finding(line.at, message, "pipe-hides-failure", "write `do run.exe %i || exit`")


def _read_early(line: Node, written: dict[str, str]) -> str | None:
    """The first variable that is read after a command of the same line has set it; `written` gets what is set."""
    text = _literal(line)
    starts = read_cmd(text).starts
    found = None
    for begin, end in zip([0, *starts], [*starts, len(text)], strict=True):
        part = text[begin:end]
        for variable in CMD_VARIABLE.finditer("" if part.lower().startswith("call ") else part):
            found = found or (variable[1] if variable[1].lower() in written else None)
        if begin in starts:
            command = part.split()[0] if part.split() else ""
            written.setdefault("errorlevel", "the first command")
            if command.lower() in _CHANGES_FOLDER:
                written.setdefault("cd", f"`{command}`")
            if (setting := _SET.match(part)) is not None:
                written[setting[1].lower()] = f"`set {setting[1]}`"
    return found


def _literal(line: Node) -> str:
    """A command with `x` for each expression."""
    return "".join(piece if isinstance(piece, str) else "x" for piece in template(str(line.value)))


def _instead(command: CommandSpec, otherwise: str = "write to a file first: `a > out`, then `b < out`") -> str:
    if not command.in_container:
        return "remove `shell: sh`: bash runs the commands then"
    return f"write `shell: bash` beside commands, if the image has bash, or {otherwise}"


def _calculated(command: SimpleCommand) -> Iterator[Expression]:
    words = command.words
    for place, word in enumerate(words):
        if not word.expressions:
            continue
        beside = {each.text for each in (*words[max(0, place - 1) : place], *words[place + 1 : place + 2])}
        in_test = command.name == "[[" and any(re.fullmatch(_NUMBERS, text) for text in beside)
        declared = command.name in {"declare", "typeset", "local"} and any(
            re.match(r"-[a-zA-Z]*i", each.text) for each in words
        )
        of_name = command.name in {"test", "[", "[[", "printf", "unset"} and any(text == "-v" for text in beside)
        if command.name == "let" or in_test or declared or of_name or _SUBSCRIPT.match(word.bare):
            yield from word.expressions


def _of_bash(line: Node) -> Iterator[str]:
    """What of bash one command has, in the words of its message."""
    bare, expanded = _texts(line)
    yield from (what for what, shape in _BASHISMS.items() if shape.search(bare))
    yield from (what for what, shape in _EXPANSIONS.items() if shape.search(expanded))
    for command in simple_commands(template(str(line.value)), "sh"):
        if command.name in _BUILTINS:
            yield command.name
        shape = _OPTIONS.get(command.name)
        for word in command.arguments if shape is not None else ():
            if shape is not None and shape.match(word.text.strip("'\"")):
                yield f"{command.name} {word.text}"
                break


def _texts(line: Node) -> tuple[str, str]:
    """A command without what is in quotes, and without what is in single quotes."""
    quotes = QuoteState(windows=False, shell="sh")  # noqa: S604 - starts no process: it reads text
    bare = expanded = ""
    for piece in template(str(line.value)):
        if not isinstance(piece, str):
            quotes.value()
            bare, expanded = bare + "\0", expanded + "\0"
            continue
        for character in piece:
            expands = quotes.expands
            plain = quotes.inside in {None, "arithmetic", "backquotes"}
            quotes.read(character)
            plain = plain or quotes.inside == "arithmetic" or (character == "<" and bare.endswith("<<"))
            in_comment = quotes.inside == "a comment"
            bare += character if plain and character not in "'\"" and not in_comment else "" if plain else "\0"
            expanded += character if expands and not in_comment else "\0"
    return bare, expanded


def _is_number(expression: Expression, recipe: Recipe) -> bool:
    """Whether an expression can only be a number, which every reading leaves as it is."""
    from jinja2 import nodes

    numbers = {each.name for each in recipe.parameters if each.type in {"integer", "number", "boolean"}}

    def number(tree: nodes.Node) -> bool:
        if isinstance(tree, nodes.Filter):
            return tree.name in _NUMBER_FILTERS or (tree.name == "raw" and tree.node is not None and number(tree.node))
        if isinstance(tree, nodes.Name):
            return tree.name in _NUMBER_NAMES
        if isinstance(tree, nodes.Const):
            return isinstance(tree.value, (int, float))
        if isinstance(tree, (nodes.Sub, nodes.FloorDiv, nodes.Div, nodes.Neg, nodes.Pow)):
            return True
        if isinstance(tree, (nodes.Add, nodes.Mul, nodes.Mod)):
            return number(tree.left) and number(tree.right)
        is_parameter = isinstance(tree, nodes.Getattr) and isinstance(tree.node, nodes.Name)
        return is_parameter and tree.node.name == "params" and tree.attr in numbers  # type: ignore[attr-defined]

    return number(expression.tree)
