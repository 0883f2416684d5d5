"""All checks together, on the local account, and on accounts that are not right."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from plans import a_job, a_plan, a_pool, a_task

from recipebatch import local
from recipebatch.errors import LocalAccountError, UsageError
from recipebatch.execution.doctor.everything import check_everything
from recipebatch.local import Requirements

if TYPE_CHECKING:
    from pathlib import Path

    from command import Cli

    from recipebatch.execution import Check
    from recipebatch.plan.model import Plan

PLAN = a_plan(pools=(a_pool(),), jobs=(a_job(a_task("a")),))


@pytest.fixture
def account(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The local account of the tests, for this process."""
    for name in [name for name in os.environ if name.startswith(("AZURE_", "RECIPEBATCH_"))]:
        monkeypatch.delenv(name)
    for name, value in cli.environ.items():
        if name.startswith("RECIPEBATCH_"):
            monkeypatch.setenv(name, value)
    return cli


def states(checks: tuple[Check, ...]) -> dict[str, str]:
    return {check.name: str(check.state) for check in checks}


def without_value() -> Plan:
    raise UsageError("parameter n has no value", hint="set it: -p n=VALUE")


def test_a_run_would_start_on_the_local_account(account: Cli) -> None:
    found = check_everything(None, "r.yaml", lambda: PLAN)
    assert [check for check in found if not check.lets_run] == []
    assert states(found)["images"] == "fine"
    done = account("doctor")
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("a run would start\n")


def test_wrong_keys_are_told_from_addresses(account: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    values = account.account(AZURE_BATCH_ACCESS_KEY="d3Jvbmc=", AZURE_STORAGE_KEY="d3Jvbmc=")
    for name, value in values.items():
        monkeypatch.setenv(name, re.sub(r"AccountKey=[^;]*", "AccountKey=d3Jvbmc=", value))
    found = check_everything("environment", "r.yaml", without_value)
    seen = states(found)
    assert (seen["Batch endpoint"], seen["clock"], seen["sign-in"], seen["storage"]) == ("fine", "fine", "bad", "bad")
    assert (seen["roles"], seen["recipe"]) == ("not checked", "bad")
    assert "the key does not fit" in next(check.message for check in found if check.name == "sign-in")
    monkeypatch.setenv("AZURE_BATCH_ENDPOINT", "http://127.0.0.1:1")
    seen = states(check_everything("environment", "r.yaml", lambda: PLAN))
    assert (seen["Batch endpoint"], seen["sign-in"], seen["images"]) == ("bad", "not checked", "not checked")


def test_an_account_that_is_not_known(account: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert account.environ
    assert states(check_everything("nowhere"))["account"] == "bad"
    monkeypatch.setenv("AZURE_BATCH_ACCOUNT", "x")
    assert states(check_everything(None))["account"] == "bad"


def test_a_local_account_that_cannot_be_started(account: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert account.environ
    needs = Requirements(state=tmp_path, installed=False, azurite="3", missing=())
    monkeypatch.setattr(local, "requirements", lambda: needs)
    absent = check_everything(None)
    assert (states(absent)["Azurite"], states(absent)["Batch endpoint"]) == ("not checked", "not checked")

    def no_node() -> Path:
        raise LocalAccountError("there is no Node.js", hint="install it")

    monkeypatch.setattr(local, "node_program", no_node)
    monkeypatch.setattr(
        local,
        "requirements",
        lambda: Requirements(state=tmp_path, installed=True, azurite="3", missing=("lark",)),
    )
    found = {check.name: check for check in check_everything(None)}
    assert (found["Node.js"].message, found["Node.js"].cure) == ("there is no Node.js", "install it")
    assert found["Azurite"].message == "not installed: lark"
