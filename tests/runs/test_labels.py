from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from plans import a_job, a_plan, a_pool

from recipebatch.runs import RunLabels

LABELS = RunLabels(
    run_id="r1",
    owner="Zoë",
    digest="d",
    records="account",
    created=datetime(2026, 5, 1, 12, 0, 0, 999, tzinfo=UTC),
    expires=datetime(2026, 5, 2, tzinfo=UTC),
)


def test_pools_and_jobs_say_whose_they_are_and_until_when_they_are_needed() -> None:
    assert LABELS.as_metadata() == (
        ("recipebatch_run", "r1"),
        ("recipebatch_owner", "Zoë"),
        ("recipebatch_digest", "d"),
        ("recipebatch_records", "account"),
        ("recipebatch_created", "2026-05-01T12:00:00+00:00"),
        ("recipebatch_expires", "2026-05-02T00:00:00+00:00"),
    )


def test_a_run_without_an_end_has_no_expiry_label() -> None:
    assert "recipebatch_expires" not in dict(replace(LABELS, expires=None).as_metadata())


def test_the_metadata_of_a_container_is_ascii_and_names_the_end_of_its_retention() -> None:
    metadata = LABELS.as_container_metadata(timedelta(days=7))
    assert metadata["recipebatch_owner"] == "Zo\\xeb"
    assert metadata["recipebatch_keep_until"] == "2026-05-08T12:00:00+00:00"
    assert "recipebatch_keep_until" not in LABELS.as_container_metadata()


def test_labels_are_added_to_what_the_run_creates_and_not_to_existing_pools() -> None:
    own = a_pool(metadata=(("team", "blue"),))
    existing = replace(a_pool(), logical="other", existing=True)
    plan = LABELS.on(a_plan(pools=(own, existing), jobs=(a_job(),)))
    assert plan.pools[0].metadata == (("team", "blue"), *LABELS.as_metadata())
    assert plan.pools[1].metadata == existing.metadata
    assert plan.jobs[0].metadata == LABELS.as_metadata()
