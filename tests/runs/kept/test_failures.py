from __future__ import annotations

import json

from recipebatch.report import FailedTask
from recipebatch.runs import MAX_KEPT, RunFailures
from recipebatch.runs.kept.failures import failures_from_json


def failed(task: str, *, job: str = "j", **values: object) -> FailedTask:
    fields: dict[str, object] = {"exit_code": 3, "code": "FailureExitCode", "message": "m", "tries": 1}
    return FailedTask(job_id=job, task_id=task, **(fields | values))  # type: ignore[arg-type]


def test_a_failed_task_is_kept_with_what_it_wrote_and_read_again() -> None:
    kept = RunFailures().with_seen([failed("t", stdout="out", stderr="err", item="item 1", began="a", ended="b")])
    again = failures_from_json(kept.to_json())
    assert again == kept
    assert (again.kept[0].stdout, again.kept[0].stderr, again.kept[0].item) == ("out", "err", "item 1")


def test_only_the_first_failed_tasks_are_kept_and_all_are_counted() -> None:
    many = [failed(f"t{number}") for number in range(MAX_KEPT + 30)]
    kept = RunFailures().with_seen(many).concluded(many, {"j"})
    assert [failure.task_id for failure in kept.kept] == [f"t{number}" for number in range(MAX_KEPT)]
    assert kept.total == MAX_KEPT + 30


def test_what_a_later_look_cannot_read_any_more_stays() -> None:
    kept = RunFailures().with_seen([failed("t", stderr="why")]).with_seen([failed("t")])
    assert [failure.stderr for failure in kept.kept] == ["why"]


def test_a_task_that_was_tried_again_and_failed_again_has_its_newest_end() -> None:
    kept = RunFailures().with_seen([failed("t", stderr="first")]).with_seen([failed("t", tries=2, stderr="second")])
    assert [(failure.tries, failure.stderr) for failure in kept.kept] == [(2, "second")]


def test_a_task_that_succeeded_later_is_marked_and_counts_no_more() -> None:
    kept = RunFailures().with_seen([failed("t"), failed("u")]).concluded([failed("u")], {"j"})
    assert {failure.task_id: failure.tried_again for failure in kept.kept} == {"t": True, "u": False}
    assert kept.total == 1
    assert failures_from_json(kept.to_json()) == kept
    assert kept.with_seen([failed("v")]).total == 2


def test_the_failures_of_jobs_that_were_not_watched_stay_as_they_are() -> None:
    kept = RunFailures().with_seen([failed("t", job="other")]).concluded([], {"j"})
    assert [failure.tried_again for failure in kept.kept] == [False]
    assert kept.total == 1


def test_failures_that_were_tried_again_make_room_for_others() -> None:
    first = [failed(f"t{number}") for number in range(MAX_KEPT)]
    kept = RunFailures().with_seen(first).concluded(first[1:], {"j"}).with_seen([failed("new", job="later")])
    names = {failure.task_id for failure in kept.kept}
    assert len(names) == MAX_KEPT
    assert "new" in names
    assert "t0" not in names


def test_what_tasks_wrote_is_left_out_where_secrets_cannot_be_taken_out() -> None:
    kept = RunFailures().with_seen([failed("t", stdout="a", stderr="b")], "the secret s cannot be read").kept[0]
    assert (kept.stdout, kept.stderr, kept.left_out) == ("", "", "the secret s cannot be read")


def test_start_tasks_are_told_apart_by_their_nodes() -> None:
    nodes = [failed("", job="", kind="start task", pool_id="p", node_id=node) for node in ("n1", "n2", "n1")]
    assert [failure.node_id for failure in RunFailures().with_seen(nodes).kept] == ["n1", "n2"]


def test_a_document_that_someone_else_wrote_is_nothing() -> None:
    good = json.loads(RunFailures().with_seen([failed("t")]).to_json())
    wrong = {**good, "failures": [{**good["failures"][0], "exit_code": "3"}]}
    for text in ("", "[]", "{}", '{"failures": 3, "total": 1}', json.dumps(wrong)):
        assert failures_from_json(text) == RunFailures()


def test_a_later_version_is_nothing() -> None:
    body = json.loads(RunFailures().with_seen([failed("t")]).to_json())
    assert failures_from_json(json.dumps(body | {"version": body["version"] + 1})) == RunFailures()
