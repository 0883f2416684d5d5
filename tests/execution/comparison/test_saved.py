"""A plan that is saved, and carried out only while all of it still holds."""

from __future__ import annotations

import stat
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from execution.comparison.account_in_memory import TEXT, Account
from plans import a_pool_snapshot

from recipebatch.errors import UsageError
from recipebatch.execution.comparison import run_of_saved_plan, save_plan, selector_of_saved_plan
from recipebatch.execution.recipe_runs import StalePlanError, read_saved_plan
from recipebatch.execution.recorded_plan import user_receipts
from recipebatch.phases import STAGE
from recipebatch.report import Quiet
from recipebatch.service import BlobSnapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipebatch.execution.comparison import ComparedPlan
    from recipebatch.execution.recorded_plan import RecordedRun

RUN = "20260102-030405-bbbb"


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setenv("RECIPEBATCH_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "recipes").mkdir()
    found = Account(tmp_path / "recipes")
    found.blobs.containers["demo-in"] = ["old.txt"]
    found.batch.pools["p1"] = a_pool_snapshot(body={"eTag": "0x1"})
    return found


def save(account: Account, text: str = TEXT, **given: Any) -> Path:
    path = account.folder.parent / "plan.json"
    found = account.compare(text, run_id=RUN, **given)
    save_plan(path, found, account.recipe(text), given=tuple(given), came_with_recipe=(), new=False)
    return path


def carry_out(account: Account, path: Path, text: str = TEXT) -> RecordedRun:
    saved = read_saved_plan(path)
    assert saved is not None
    recipe = account.recipe(text)
    selector = selector_of_saved_plan(saved, recipe)
    assert selector.saved is saved
    return run_of_saved_plan(account.services, saved, recipe, account.access(), Quiet())


def test_the_run_begins_with_the_id_the_parameters_and_the_listings_of_the_plan(account: Account) -> None:
    path = save(account, n=4)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    record = carry_out(account, path).record
    assert (record.run_id, record.parameters) == (RUN, {"n": 4})
    assert record.listings == {"in": ["a.txt", "old.txt"]}
    assert account.store.record == record
    assert user_receipts().knows(record)
    with pytest.raises(StalePlanError, match=f"it was carried out before, as run {RUN}") as refused:
        carry_out(account, path)
    assert str(refused.value.hint).startswith(f"continue that run: recipebatch runs resume {RUN}; or ")
    account.store.record = replace(record, ended=True)
    with pytest.raises(StalePlanError) as refused:
        carry_out(account, path)
    assert str(refused.value.hint).startswith(f"see what that run did: recipebatch runs show {RUN}; or ")


def test_a_user_may_disagree_once_it_is_known_that_the_plan_holds(account: Account) -> None:
    saved = read_saved_plan(save(account))
    assert saved is not None

    def refuse(found: ComparedPlan) -> None:
        assert found.comparison is not None
        assert found.comparison.to_json()["summary"] == saved.comparison["summary"]
        raise UsageError("no")

    with pytest.raises(UsageError, match="no"):
        run_of_saved_plan(account.services, saved, account.recipe(), account.access(), Quiet(), agree=refuse)
    assert account.store.record is None


def changed_text(_account: Account) -> str:
    return TEXT.replace("run $", "walk $")


def changed_file(account: Account) -> None:
    (account.folder / "a.txt").write_text("xyz")


def new_blob(account: Account) -> None:
    account.blobs.containers["demo-in"].append("new.txt")


def other_pool(account: Account) -> None:
    account.batch.pools["p1"] = a_pool_snapshot(body={"eTag": "0x2"})


def no_pool(account: Account) -> None:
    account.batch.pools.clear()


def other_account(account: Account) -> None:
    account.label = "test"


def other_owner(account: Account) -> None:
    account.store.owner = "you"


def unfinished_run(account: Account) -> None:
    account.with_run(STAGE.name)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (changed_text, "r.yaml has changed since it was made"),
        (changed_file, "local files were changed since it was made: in/a.txt"),
        (new_blob, "containers that tasks loop over have other blobs: in"),
        (other_pool, "what the account has was changed since it was made: pool p1"),
        (no_pool, "what the account has was changed since it was made: pool p1"),
        (other_account, r"it is for account prod \(storage account one\), not for test"),
        (other_owner, "it was made by me, not by you"),
        (unfinished_run, "apply would do something else now: run 20260102-030405-aaaa is unfinished"),
    ],
)
def test_a_plan_is_refused_where_something_has_changed(
    account: Account, change: Callable[[Account], str | None], why: str
) -> None:
    path = save(account)
    text = change(account) or TEXT
    with pytest.raises(StalePlanError, match=why):
        carry_out(account, path, text)
    assert account.store.record is None or account.store.record.run_id != RUN


def test_the_content_of_a_file_counts_though_its_size_is_the_same(account: Account) -> None:
    path = save(account)
    (account.folder / "a.txt").write_text("abd")
    with pytest.raises(StalePlanError, match="local files were changed"):
        carry_out(account, path)


def test_a_run_that_goes_on_is_refused_once_a_command_has_worked_on_it(account: Account) -> None:
    account.with_run(STAGE.name)
    path = save(account)
    assert account.store.record is not None
    assert carry_out(account, path).record is account.store.record
    account.store.record = replace(account.store.record, etag="e2")
    with pytest.raises(StalePlanError, match="a command has worked on run 20260102-030405-aaaa"):
        carry_out(account, path)


def test_a_plan_that_apply_would_refuse_is_not_saved(account: Account) -> None:
    account.batch.pools["p1"] = a_pool_snapshot(vm_size="standard_d4s_v3")
    with pytest.raises(UsageError, match="apply would end at the pool p1"):
        save(account)
    account.with_run(STAGE.name)
    with pytest.raises(UsageError, match=r"apply would not begin: .* started with other parameters"):
        save(account, n=3)
    assert not (account.folder.parent / "plan.json").exists()


def test_a_path_of_a_plan_that_others_made_is_not_allowed_by_it(account: Account) -> None:
    text = TEXT.replace("{n: {type: integer, default: 1}}", "{n: {default: 1, type: integer}, f: {default: a}}")
    path = save(account, text, f="/etc/hostname")
    saved = read_saved_plan(path)
    assert saved is not None
    assert selector_of_saved_plan(saved, account.recipe(text)).came_with_recipe == {"n"}
    other = replace(saved, record=replace(saved.record, allowed_paths=[{"path": "/"}]))
    assert selector_of_saved_plan(other, account.recipe(text)).came_with_recipe == {"n", "f"}


def test_blobs_that_were_replaced_meanwhile_have_another_etag(account: Account) -> None:
    def blob(etag: str) -> Any:
        return lambda _name, **_prefix: iter([BlobSnapshot(name="a.txt", size=1, md5=None, metadata={}, etag=etag)])

    account.blobs.list_blobs = blob("0x1")  # type: ignore[method-assign]
    path = save(account)
    account.blobs.list_blobs = blob("0x2")  # type: ignore[method-assign]
    with pytest.raises(StalePlanError, match=r"blob demo-in/a\.txt"):
        carry_out(account, path)


def test_a_file_that_the_recipe_names_by_default_is_one_of_its_own_folder(account: Account) -> None:
    text = TEXT.replace("default: 1}", "default: 1}, table: {type: file, default: t.csv}")
    record = carry_out(account, save(account, text, n=4), text).record
    assert record.parameters == {"n": 4, "table": "t.csv"}
