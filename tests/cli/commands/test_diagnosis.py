"""What the arguments of why and doctor mean; what the commands say is tested where it is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.cli.commands.diagnosis import _is_task

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from command import Cli


def test_a_single_argument_that_is_no_recipe_and_no_run_is_a_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").touch()
    assert _is_task("count-7")
    others = ("builtin:topn", "r.yaml", "folder/r", "20260102-030405-abcd", "here")
    assert [given for given in others if _is_task(given)] == []


def test_doctor_says_what_is_wrong_with_the_recipe_and_the_account(cli: Cli, tmp_path: Path) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_text("schema_version: 1\nname: r\npool: {existing: p}\ntasks: []\n")
    done = cli.json("doctor", recipe, "--account", "nowhere", exit_code=1)
    seen = {check["name"]: check for check in done["checks"]}
    assert (seen["recipe"]["state"], seen["account"]["state"], done["would_start"]) == ("bad", "bad", False)
    assert "tasks must not be empty" in seen["recipe"]["message"]
    assert "nowhere" in seen["account"]["message"]
