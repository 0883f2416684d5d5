"""What the last word of a command line can become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import typer

from recipebatch.cli.app import app
from recipebatch.cli.completion.command_tree import build_tree
from recipebatch.cli.completion.complete import FILES, complete
from recipebatch.cli.completion.known_runs import remember_run

if TYPE_CHECKING:
    from pathlib import Path

TREE: dict[str, Any] = build_tree(typer.main.get_command(app))
RUN = "20260102-030405-abcd"
RECIPE = """\
schema_version: 1
name: words
extends: base.yaml
parameters:
  # how many
  words:
    type: integer
  "text":
    type: string
tasks: []
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECIPEBATCH_COMPLETION_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("RECIPEBATCH_CONFIG_DIR", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "accounts.yaml").write_text("accounts:\n  research: {}\n  teaching: {}\n", encoding="utf-8")
    (tmp_path / "words.yaml").write_text(RECIPE, encoding="utf-8")
    (tmp_path / "base.yaml").write_text("parameters: {nodes: {type: integer}, size: {default: [a, b]}}\n", "utf-8")
    (tmp_path / "words.test.yaml").touch()
    (tmp_path / "notes.txt").touch()
    (tmp_path / "more").mkdir()
    names = {
        "templates": ["count", "merge"],
        "tasks": ["count-1", "merge"],
        "pools": ["p1"],
        "containers": ["words-in"],
    }
    remember_run("20260101-000000-efgh", "other", "research", **{key: ["x"] for key in names})
    remember_run(RUN, "words", "local", **names)


def found(line: str) -> list[str]:
    *words, begun = line.split(" ")
    candidates = complete(TREE, words, begun)
    assert not isinstance(candidates, str)
    return [each.value for each in candidates]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("appl", ["apply"]),
        ("runs s", ["show"]),
        ("--quiet emulator st", ["start", "stop", "status"]),
        ("apply w", ["words.yaml"]),
        ("apply mo", ["more/"]),
        ("apply builtin:to", ["builtin:topn"]),
        ("apply words.yaml -p ", ["words=", "text=", "nodes=", "size="]),
        ("apply words.yaml --param=te", ["--param=text="]),
        ("apply -p ", []),
        ("apply words.yaml --from s", ["stage", "submit"]),
        ("apply words.yaml --only=col", ["--only=collect"]),
        ("apply words.yaml --account ", ["research", "teaching", "local", "environment"]),
        ("apply words.yaml --new --n", ["--no-color"]),
        ("runs show ", [RUN, "20260101-000000-efgh"]),
        ("status 2026", [RUN, "20260101-000000-efgh"]),
        ("watch --run 20260102", [RUN]),
        ("logs words.yaml --task ", ["count-1", "merge"]),
        ("logs 20260101-000000-efgh --task ", ["x"]),
        ("retry words.yaml --cause exit", ["exit_code"]),
        ("stop words.yaml --task co", ["count-1"]),
        ("scale words.yaml --pool ", ["p1"]),
        ("tasks words.yaml --template m", ["merge"]),
        ("tasks show cou", ["count-1"]),
        ("tasks --state fa", ["failed"]),
        ("tasks list --sort wai", ["waited"]),
        ("explain unknown-k", ["unknown-key"]),
        ("validate --format s", ["sarif"]),
        ("schema ev", ["events"]),
        ("new mine --from top", ["topn"]),
        ("nothing here", []),
        ("apply words.yaml --timeout ", []),
    ],
)
def test_a_word_is_completed_by_where_it_stands(line: str, expected: list[str]) -> None:
    assert found(line) == expected


def test_options_are_those_of_the_command_and_those_of_all() -> None:
    options = found("plan -")
    assert {"--param", "-p", "--json", "--quiet", "-q"} <= set(options)
    assert "--force" not in options
    assert "--param" in found("plan -p a=1 --pa")


def test_a_word_that_is_a_file_is_left_to_the_shell() -> None:
    assert complete(TREE, ["apply", "words.yaml", "--params"], "") == FILES
    assert complete(TREE, ["apply", "words.yaml", "--events"], "") == FILES
    assert complete(TREE, ["test"], "") == FILES


def test_a_bundled_recipe_has_its_parameters() -> None:
    assert "words=" in found("apply builtin:topn -p w")
