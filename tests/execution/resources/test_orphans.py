from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from recipebatch.errors import ServiceError
from recipebatch.execution.resources.orphans import Orphan, decide, delete_orphans, find_orphans, measure_orphans
from recipebatch.runs import RunSummary, labels
from recipebatch.service import LabeledResource

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def thing(name: str, run: str | None, **metadata: str) -> LabeledResource:
    own = {} if run is None else {labels.RUN: run, labels.OWNER: "me", labels.CREATED: "2026-01-01T00:00:00+00:00"}
    return LabeledResource(kind="pool", name=name, metadata={**own, **metadata}, created=None)


def run(name: str, status: str, *, ended: bool) -> RunSummary:
    return RunSummary(
        run_id=name, recipe="r", owner="me", created="", status=status, verdict="unknown", ended=ended, digest=""
    )


def test_what_a_run_looks_after_is_no_orphan() -> None:
    runs = {name: run(name, "submit done", ended=False) for name in ("going",)}
    runs["kept"] = run("kept", "ended", ended=True)
    later = (NOW + timedelta(days=1)).isoformat()
    found = [
        thing("a", "going", **{labels.EXPIRES: "2026-01-02T00:00:00+00:00"}),
        thing("b", "kept", **{labels.EXPIRES: later}),
        thing("c", None),
        thing("d", "gone", **{labels.KEEP_UNTIL: later}),
    ]
    assert decide(found, runs, NOW) == []


def test_an_orphan_says_why_nobody_looks_after_it() -> None:
    runs = {"purged": run("purged", "purged", ended=True), "kept": run("kept", "ended", ended=True)}
    found = [
        thing("a", "gone"),
        thing("b", "purged"),
        thing("c", "kept", **{labels.EXPIRES: "2026-01-02T00:00:00+00:00"}),
        thing("d", "gone", **{labels.KEEP_UNTIL: "2026-02-02T00:00:00+00:00"}),
    ]
    assert [(each.name, each.reason) for each in decide(found, runs, NOW)] == [
        ("a", "its run has no record"),
        ("b", "its run was purged"),
        ("c", "its run has ended, and expired on 2026-01-02 00:00 UTC"),
        ("d", "its run has no record"),
    ]
    assert decide(found, runs, NOW)[0].created == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_run_that_begins_while_things_are_listed_is_known() -> None:
    runs: list[RunSummary] = []

    class Account:
        account_name = "one"

        def list_labeled(self, _key: str) -> list[LabeledResource]:
            runs[:] = [run("new", "stage begun", ended=False)]
            return [thing("a", "new")]

    account: Any = Account()
    assert find_orphans(account, account, lambda: runs, NOW) == []


def test_a_run_that_stopped_owns_what_it_made_until_its_time_is_over() -> None:
    begun, expires = "2026-04-20T00:00:00+00:00", "2026-04-21T01:00:00+00:00"
    left = thing("p", "stopped", **{labels.CREATED: begun, labels.EXPIRES: expires})
    stopped = run("stopped", "submit started", ended=False)
    assert decide([left], {"stopped": replace(stopped, touched=(NOW - timedelta(hours=24)).isoformat())}, NOW) == []
    (orphan,) = decide([left], {"stopped": replace(stopped, touched=(NOW - timedelta(hours=26)).isoformat())}, NOW)
    assert orphan.reason == "its run stopped, and expired on 2026-04-30 23:00 UTC"


def test_what_a_run_took_up_again_while_the_question_stood_stays() -> None:
    first, second = (
        Orphan(kind="pool", name=name, run_id="r", owner="me", created=None, size=1, reason="…") for name in "ab"
    )
    deleted: list[str] = []

    class Services:
        def __getattr__(self, _name: str) -> Any:
            return deleted.append

    services: Any = Services()
    removed = delete_orphans(
        [first, second], services, services, confirm=lambda _kind, _names: True, look=lambda: [second]
    )
    assert (removed, deleted) == ([second], ["b"])


def test_a_pool_that_a_job_of_a_living_run_uses_is_no_orphan() -> None:
    class Account:
        account_name = "one"

        def list_labeled(self, _mark: str) -> tuple[LabeledResource, ...]:
            return (thing("used", "gone"), thing("idle", "gone"))

        def jobs_on_pool(self, pool: str) -> tuple[str, ...]:
            return ("of-another-run",) if pool == "used" else ()

    account: Any = Account()
    assert {orphan.name for orphan in find_orphans(account, account, list, NOW)} == {"idle"}


def test_the_containers_of_a_run_that_is_known_may_hold_outputs_and_stay() -> None:
    expires = {labels.CREATED: "2026-01-01T00:00:00+00:00", labels.EXPIRES: "2026-01-02T00:00:00+00:00"}
    output = replace(thing("out", "stopped", **expires), kind="container")
    ended = run("stopped", "ended", ended=True)
    assert decide([output], {"stopped": ended}, NOW) == []
    assert [orphan.reason for orphan in decide([output], {}, NOW)] == ["its run has no record"]


def test_what_another_storage_account_records_is_not_listed() -> None:
    class Account:
        account_name = "one"

        def list_labeled(self, _mark: str) -> tuple[LabeledResource, ...]:
            return (thing("own", "gone", **{labels.RECORDS: "one"}), thing("other", "gone", **{labels.RECORDS: "two"}))

        def jobs_on_pool(self, _pool: str) -> tuple[str, ...]:
            return ()

    account: Any = Account()
    assert {orphan.name for orphan in find_orphans(account, account, list, NOW)} == {"own"}


def test_the_size_of_a_container_that_went_meanwhile_is_unknown() -> None:
    class Blobs:
        def list_blobs(self, name: str) -> list[Any]:
            if name == "gone":
                raise ServiceError("there is no container gone")
            return [SimpleNamespace(size=3), SimpleNamespace(size=4)]

    blobs: Any = Blobs()
    found = [
        Orphan(kind=kind, name=name, run_id="r", owner="me", created=None, size=size, reason="…")
        for kind, name, size in (("container", "here", None), ("container", "gone", None), ("pool", "p", 2))
    ]
    assert [orphan.size for orphan in measure_orphans(found, blobs)] == [7, None, 2]
