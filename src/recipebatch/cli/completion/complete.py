"""complete: what the last word of a command line can become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.cli.completion import values
from recipebatch.cli.completion.values import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILES = "files"
"""Instead of candidates: the shell is to complete names of files."""

_RUN_OR_RECIPE = frozenset({"recipe", "of"})
_FILES = frozenset({"FILE", "PATH", "DIR", "FOLDER"})


def complete(tree: dict[str, Any], words: Sequence[str], begun: str) -> list[Candidate] | str:
    """The candidates that begin as the word does, or `FILES`.

    Args:
        tree: of the commands.
        words: before the word, without the name of the program.
        begun: the word up to the cursor.
    """
    line = _Line(tree, words)
    if line.open_option is not None:
        return _of_option(tree, line, line.open_option, begun, "")
    if begun.startswith("--") and "=" in begun:
        name, _, value = begun.partition("=")
        option = line.option(name)
        return [] if option is None or option["flag"] else _of_option(tree, line, option, value, f"{name}=")
    if begun.startswith("-"):
        return _beginning(line.options_left(), begun)
    commands = [Candidate(name, each["help"]) for name, each in line.node["commands"].items()] if line.at_name else []
    argument = line.argument
    if argument is None:
        return _beginning(commands, begun)
    if not commands and argument in {"paths", "file", "files"}:
        return FILES
    return _beginning([*commands, *_of_argument(argument, line, begun)], begun)


class _Line:
    """The words of a command line so far.

    Attributes:
        node: the command.
        open_option: the option whose value comes next.
        at_name: the name of a command below this one can come next.
    """

    def __init__(self, tree: dict[str, Any], words: Sequence[str]) -> None:
        self.words = list(words)
        self.node, self.path = tree, list[str]()
        self._root = tree
        self.open_option: dict[str, Any] | None = None
        self.at_name = bool(tree["commands"])
        self._given: list[str] = []
        self._arguments = 0
        for word in words:
            self._read(word)

    def _read(self, word: str) -> None:
        if self.open_option is not None:
            self.open_option = None
        elif word.startswith("-") and word != "-":
            option = self.option(word.partition("=")[0])
            self._given += option["names"] if option is not None else [word]
            if option is not None and not option["flag"] and "=" not in word:
                self.open_option = option
        elif self.at_name and word in self.node["commands"]:
            self.node = self.node["commands"][word]
            self.path.append(word)
            self.at_name = bool(self.node["commands"])
            self._arguments = 0
        else:
            self.at_name = False
            self._arguments += 1

    @property
    def _own(self) -> dict[str, Any]:
        """The command itself, or the one that is meant without a name."""
        default = self.node.get("default")
        return self.node["commands"][default] if default else self.node

    def option(self, name: str) -> dict[str, Any] | None:
        """The option of a name; None if there is none."""
        return next((each for each in self._own["options"] if name in each["names"]), None)

    def options_left(self) -> Iterator[Candidate]:
        """The options that can still be given."""
        for option in self._own["options"]:
            if option["many"] or not set(option["names"]) & set(self._given):
                yield from (Candidate(each, option["help"]) for each in option["names"])

    @property
    def argument(self) -> str | None:
        """The name of the argument that comes next; None if none does."""
        arguments = self._own["arguments"]
        if self._arguments < len(arguments):
            return str(arguments[self._arguments]["name"])
        return str(arguments[-1]["name"]) if arguments and arguments[-1]["many"] else None


def _of_option(
    tree: dict[str, Any], line: _Line, option: dict[str, Any], begun: str, prefix: str
) -> list[Candidate] | str:
    if option["choices"]:
        return _beginning([Candidate(each) for each in option["choices"]], begun, prefix)
    name = max(option["names"], key=len).removeprefix("--")
    found: Iterator[Candidate] | list[Candidate] | None = None
    if name == "param":
        recipe = next((word for word in line.words if _is_recipe(word)), None)
        found = [] if recipe is None else values.parameters(recipe)
    elif option["metavar"] == "PHASE":
        found = [Candidate(each, "phase") for each in tree["values"]["phase"]]
    elif name == "cause" or (name in {"state", "sort"} and line.path[:1] == ["tasks"]):
        found = [Candidate(each, name) for each in tree["values"][name]]
    elif name in {"run", "account"}:
        found = values.runs() if name == "run" else values.accounts()
    elif name in {"task", "template", "pool", "container"}:
        found = values.names_of_runs(f"{name}s", line.words)
    elif name == "from":
        from recipebatch import bundled_files

        found = [Candidate(each, "bundled recipe") for each in sorted(bundled_files.recipes())]
    if found is None:
        takes_file = option["metavar"] in _FILES or name in {"output-dir", "output", "junit", "report"}
        return FILES if takes_file else []
    return _beginning(found, begun, prefix)


def _of_argument(argument: str, line: _Line, begun: str) -> Iterator[Candidate]:
    command = line.path[-1] if line.path else ""
    if argument in _RUN_OR_RECIPE | {"recipes", "run_or_recipe"} and command != "schema":
        yield from values.recipes(begun)
        if argument != "recipes" and command not in {"apply", "plan", "show"}:
            yield from values.runs()
    elif argument in {"run", "first", "second"}:
        yield from values.runs()
    elif argument in {"task", "task_id"}:
        yield from values.names_of_runs("tasks", line.words)
    elif argument == "container":
        yield from values.names_of_runs("containers", line.words)
    elif argument == "code":
        yield from values.codes()
    elif command == "schema":
        yield from (Candidate(each) for each in ("recipe", "recipe-test", "events"))


def _is_recipe(word: str) -> bool:
    return word.endswith((".yaml", ".yml")) or word.startswith("builtin:")


def _beginning(found: Iterator[Candidate] | Sequence[Candidate], begun: str, prefix: str = "") -> list[Candidate]:
    unique = {each.value: each for each in found if each.value.startswith(begun)}
    return [Candidate(prefix + each.value, each.help, each.open) for each in unique.values()]
