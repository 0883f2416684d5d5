"""Whether an account is asked, and what is said where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recipebatch.errors import InvalidRecipeError, UsageError
from recipebatch.execution.comparison import plan_against
from recipebatch.files import ReadAccess
from recipebatch.recipe import parse_recipe
from recipebatch.report import Quiet

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.execution.comparison import ComparedPlan

TEXT = "schema_version: 1\nname: r\ntasks: [{command_line: a}]\npool: {existing: p}\n"


@pytest.fixture(autouse=True)
def no_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_BATCH_ACCOUNT", "AZURE_BATCH_ENDPOINT", "AZURE_BATCH_ACCESS_KEY", "RECIPEBATCH_ACCOUNT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RECIPEBATCH_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("RECIPEBATCH_CONFIG_DIR", str(tmp_path / "config"))


def plan(folder: Path, text: str = TEXT, *, account: str | None = None, required: bool = False) -> ComparedPlan:
    recipe = parse_recipe(text, file="r.yaml", folder=folder)
    return plan_against(recipe, {}, ReadAccess.of_recipe(folder), account, Quiet(), required=required)


def test_a_local_account_is_not_made_for_a_plan(tmp_path: Path) -> None:
    for required in (False, True):
        found = plan(tmp_path, required=required)
        assert found.comparison is None
        assert found.not_compared == "there is no local account yet; apply starts it"
        assert found.pending == "apply starts a run"
    assert not (tmp_path / "state").exists()


def test_a_local_account_that_does_not_run_is_not_started(tmp_path: Path) -> None:
    (tmp_path / "state" / "local" / "batch").mkdir(parents=True)
    assert plan(tmp_path).not_compared == "the local account does not run; recipebatch emulator start starts it"
    with pytest.raises(UsageError, match="the plan cannot be compared: the local account does not run"):
        plan(tmp_path, required=True)
    assert [path.name for path in (tmp_path / "state" / "local").iterdir()] == ["batch"]


def test_an_account_that_cannot_be_asked_is_an_error_only_where_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_BATCH_ACCOUNT", "prod")
    assert plan(tmp_path).not_compared == "AZURE_BATCH_ENDPOINT is not set, but another AZURE_BATCH_ variable is"
    with pytest.raises(UsageError, match="AZURE_BATCH_ENDPOINT is not set"):
        plan(tmp_path, required=True)
    with pytest.raises(UsageError, match="account nowhere is not known"):
        plan(tmp_path, account="nowhere", required=True)


def test_a_recipe_that_is_wrong_is_an_error_in_any_case(tmp_path: Path) -> None:
    with pytest.raises(InvalidRecipeError):
        plan(tmp_path, TEXT.replace("command_line: a", "command_line: '${{ nope }}'"))
