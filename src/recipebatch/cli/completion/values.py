"""Values that this machine knows: recipes, their parameters, runs, tasks, codes, accounts. No network, no account."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from recipebatch.cli.completion.known_runs import known_runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipebatch.cli.completion.known_runs import KnownRun

_MOST_FILES = 20
"""A recipe of more files is completed by the first of them: completion has to be quick."""
_BUILTIN = "builtin:"
_RECIPE_FILES = (".yaml", ".yml")
_KEY = re.compile(r"""^(?P<indent> *)(?:"(?P<double>[^"]+)"|'(?P<single>[^']+)'|(?P<plain>[\w.-]+))\s*:(?:\s|$)""")
_MAX_BYTES = 1_500_000


class Candidate(NamedTuple):
    """What a word can become.

    Attributes:
        open: more of the word follows, as after `name=` or a folder.
    """

    value: str
    help: str = ""
    open: bool = False


def recipes(begun: str) -> Iterator[Candidate]:
    """Recipe files and folders that begin so, and bundled recipes."""
    for name, is_folder in sorted(_entries(begun)):
        if is_folder:
            yield Candidate(f"{name}/", open=True)
        elif name.endswith(_RECIPE_FILES) and not name.endswith(".test.yaml"):
            yield Candidate(name)
    from recipebatch import bundled_files

    for name in sorted(bundled_files.recipes()):
        yield Candidate(_BUILTIN + name, "bundled recipe")


def parameters(recipe: str) -> Iterator[Candidate]:
    """The parameters of a recipe, those of its base and its fragments too, as `name=`."""
    seen: set[Path] = set()
    names: dict[str, None] = {}
    left = [_recipe_file(recipe)]
    while left and len(seen) < _MOST_FILES:
        file = left.pop(0)
        if file is None or file in seen:
            continue
        seen.add(file)
        text = _text(file)
        names |= dict.fromkeys(keys_below(text, "parameters"))
        left += [file.parent / other for other in _composed(text)]
    yield from (Candidate(f"{name}=", "parameter", open=True) for name in names)


def accounts() -> Iterator[Candidate]:
    """The accounts of `accounts.yaml`, and those that need none."""
    folder = os.environ.get("RECIPEBATCH_CONFIG_DIR")
    if not folder:
        import platformdirs

        folder = str(platformdirs.user_config_path("recipebatch"))
    for name in keys_below(_text(Path(folder) / "accounts.yaml"), "accounts"):
        yield Candidate(name, "accounts.yaml")
    yield Candidate("local", "this machine")
    yield Candidate("environment", "from environment variables")


def codes() -> Iterator[Candidate]:
    """The codes that are explained."""
    folder = Path(__file__).resolve().parents[2] / "explain" / "codes"
    yield from (Candidate(file.stem, file.parent.name) for file in sorted(folder.glob("*/*.md")))


def runs() -> Iterator[Candidate]:
    """The ids of runs that commands on this machine have worked on, the newest first."""
    yield from (Candidate(each["run"], f"{each['recipe']}, account {each['account']}") for each in known_runs())


def names_of_runs(what: str, words: Sequence[str]) -> Iterator[Candidate]:
    """Names of the run or the recipe that the words before name; else of the newest run.

    Args:
        what: `tasks`, `templates`, `pools` or `containers`.
        words: of the command line.
    """
    chosen = _chosen(known_runs(), words)
    if chosen is None:
        return
    names: list[str] = chosen[what]  # type: ignore[literal-required]
    yield from (Candidate(name, f"run {chosen['run']}") for name in names)


def keys_below(text: str, section: str) -> list[str]:
    """The keys of a mapping at the top of a YAML document, as far as its lines show them."""
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if re.match(rf"{section}\s*:", line)), None)
    if start is None:
        return []
    flow = lines[start].partition(":")[2].strip()
    if flow.startswith("{"):
        return _flow_keys("\n".join([flow, *lines[start + 1 :]]))
    found: list[str] = []
    indent: int | None = None
    for line in lines[start + 1 :]:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _KEY.match(line)
        depth = len(line) - len(line.lstrip())
        if depth == 0:
            break
        indent = depth if indent is None else indent
        if match is not None and depth == indent:
            found.append(match["double"] or match["single"] or match["plain"])
    return found


def _flow_keys(text: str) -> list[str]:
    found, depth, word = [], 0, ""
    for sign in text:
        if sign in "{[":
            depth += 1
            word = ""
        elif sign in "}]":
            depth -= 1
            if depth == 0:
                break
        elif depth == 1 and sign == ",":
            word = ""
        elif depth == 1 and sign == ":":
            if word.strip():
                found.append(word.strip().strip("\"'"))
            word = "\0"
        elif depth == 1 and not word.startswith("\0"):
            word += sign
    return found


def _composed(text: str) -> Iterator[str]:
    """The files that a recipe extends or includes, where they are written on one line each."""
    for line in text.splitlines():
        if match := re.match(r"(?:extends|include)\s*:\s*(.+)", line):
            yield from (each.strip().strip("\"'") for each in match[1].split("#")[0].strip("[] ").split(","))


def _recipe_file(recipe: str) -> Path | None:
    if not recipe.startswith(_BUILTIN):
        return Path(recipe).expanduser()
    from recipebatch import bundled_files

    return bundled_files.recipes().get(recipe.removeprefix(_BUILTIN))


def _text(file: Path) -> str:
    with suppress(OSError):
        # Not a pipe, and nothing that is larger than a recipe can be.
        if file.is_file() and file.stat().st_size <= _MAX_BYTES:
            return file.read_text(encoding="utf-8", errors="replace")
    return ""


def _entries(begun: str) -> Iterator[tuple[str, bool]]:
    """The files and folders that begin so, as they are written; hidden ones only where that is asked for."""
    folder, _, start = begun.rpartition("/")
    where = Path(f"{folder}/" if "/" in begun else ".").expanduser()
    prefix = f"{folder}/" if "/" in begun else ""
    with suppress(OSError), os.scandir(where) as found:
        for entry in found:
            if entry.name.startswith(start) and (start.startswith(".") or not entry.name.startswith(".")):
                yield prefix + entry.name, entry.is_dir()


def _chosen(known: Sequence[KnownRun], words: Sequence[str]) -> KnownRun | None:
    for each in known:
        if each["run"] in words:
            return each
    recipes_named = [word for word in words if word.endswith(_RECIPE_FILES) or word.startswith(_BUILTIN)]
    names = {Path(word.removeprefix(_BUILTIN)).stem for word in recipes_named}
    names |= {name for word in recipes_named for name in re.findall(r"(?m)^name:\s*(\S+)", _text(Path(word)))}
    return next((each for each in known if not names or each["recipe"] in names), None)
