"""Exit codes are one list, which the page of the commands repeats."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from recipebatch.errors import ExitCode

ROOT = Path(__file__).resolve().parents[1]


def test_the_page_of_the_commands_lists_every_exit_code() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    table = page[page.index("| exit code |") :].split("\n\n")[0]
    assert {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", table)} == set(ExitCode)


def test_no_class_or_command_has_a_number_of_its_own_for_an_exit_code() -> None:
    numbers = []
    for path in sorted((ROOT / "src" / "recipebatch").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Assign(targets=[ast.Name(id="exit_code")], value=ast.Constant(value=int())):
                    numbers.append(f"{path.name}:{node.lineno}")
                case ast.Call(func=ast.Attribute(attr="Exit") | ast.Name(id="SystemExit"), args=[ast.Constant()]):
                    numbers.append(f"{path.name}:{node.lineno}")
    assert numbers == []
