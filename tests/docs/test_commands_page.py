"""docs/commands.md: its recipe is a recipe, its words of runs are those of the program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipebatch import Recipe, bundled_files
from recipebatch.errors import ExitCode
from recipebatch.report import Verdict

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (bundled_files.root() / "docs" / "commands.md").read_text(encoding="utf-8")
SHIPYARD = (bundled_files.root() / "docs" / "coming-from-shipyard.md").read_text(encoding="utf-8")


def test_the_recipe_of_two_jobs_hands_files_on(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(schema_version.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "two.yaml"
    file.write_text(text, encoding="utf-8")
    plan = Recipe.load(file).plan()
    first, second = plan.jobs
    assert (first.after, [after.job for after in second.after]) == ((), ["make"])


def test_every_verdict_is_in_the_table() -> None:
    table = PAGE.partition("| VERDICT |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == list(Verdict)


def test_every_exit_code_is_in_both_pages() -> None:
    codes = [int(code) for code in ExitCode]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)] == codes
    (row,) = re.findall(r"^\| exit codes for scripts \|.*\| ([\d, ]+) \|$", SHIPYARD, re.MULTILINE)
    assert [int(code) for code in row.split(", ")] == codes
