"""recipes and new: from a new recipe to results on this machine."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from recipebatch.cli.commands.recipes import lsp
from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from command import Cli


def test_a_new_recipe_is_made_and_applied_from_its_own_folder(cli: Cli, tmp_path: Path) -> None:
    assert cli("recipes", cwd=tmp_path).stdout.splitlines()[0].endswith(".")
    done = cli("new", "mine", "--from", "topn", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "made mine/mine.yaml from topn, with:"
    assert done.stdout.splitlines()[-5:-3] == ["  cd mine", "  recipebatch plan mine.yaml"]
    again = cli("new", "mine", cwd=tmp_path)
    assert (again.returncode, again.stderr.splitlines()[0]) == (2, "error: mine exists already [usage]")
    report = cli.json("apply", "mine.yaml", cwd=tmp_path / "mine")
    assert (report["verdict"], report["recipe"]) == ("succeeded", "mine")
    assert len(list((tmp_path / "mine" / "topn-output").glob("*_OUTPUT.txt"))) == 3


def test_recipes_and_new_answer_in_json(cli: Cli, tmp_path: Path) -> None:
    assert "topn" in [recipe["name"] for recipe in cli.json("recipes")["recipes"]]
    assert cli.json("new", "other", cwd=tmp_path)["recipe"] == "other/other.yaml"


def test_the_schema_of_tests_is_printed_too(cli: Cli) -> None:
    assert '"recipebatch recipe test"' in cli("schema", "recipe-test").stdout
    assert cli("schema", "x").returncode == 2


def test_images_and_sizes_are_listed_and_the_local_account_says_what_it_offers(cli: Cli) -> None:
    images = cli("images")
    assert images.returncode == 0, images.stderr
    assert "ubuntu-24.04" in images.stdout
    offered = cli.json("images", "--account", "local")
    assert offered["account"] == "local"
    by_alias = {image["alias"]: image for image in offered["images"] if image["alias"]}
    assert by_alias["ubuntu-24.04"]["offered"] is True
    assert by_alias["ubuntu-24.04"]["node_agent_sku"] == "batch.node.ubuntu 24.04"
    assert cli("sizes").stdout.splitlines()[0].split() == ["SERIES", "GEN", "ARCH", "GPU", "UNTIL"]
    (size,) = cli.json("sizes", "standard_nc6")["sizes"]
    assert (size["series"], size["retirement"], size["retired"]) == ("NC", "2023-09-06", True)


def test_the_language_server_is_not_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    with pytest.raises(UsageError, match="an editor starts it"):
        lsp()
