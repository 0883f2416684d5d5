"""What would be done with resources, counted."""

from __future__ import annotations

import json

import pytest

from recipebatch.report import Action, Change, Comparison, Difference, changes_text
from recipebatch.report.changes import BLOB, CONTAINER, JOB, LASTS, POOL, SCHEDULE, TASK


def change(action: Action, kind: str, count: int = 1, size: int = 0, name: str = "n") -> Change:
    names = tuple(str(number) for number in range(count)) if kind in {BLOB, TASK} else ()
    return Change(action=action, kind=kind, name=name, names=names, size=size)


CREATED = [
    change(Action.CREATE, TASK, 3000),
    change(Action.CREATE, CONTAINER),
    change(Action.CREATE, CONTAINER),
    change(Action.CREATE, BLOB, 3000, 14_950),
    change(Action.CREATE, POOL),
]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (CREATED, "2 containers, 3,000 blobs (14.6 KiB), 1 pool, 3,000 tasks to create"),
        (
            [*CREATED[4:], change(Action.CHANGE, POOL), change(Action.REPLACE, BLOB, 2, 10)],
            "1 pool to create; 1 pool to change; 2 blobs (10 B) to replace",
        ),
        (
            [change(Action.CONFLICT, JOB), change(Action.CREATE, SCHEDULE)],
            "1 job schedule to create; 1 job in conflict",
        ),
        ([change(Action.KEEP, TASK, 5)], "nothing to create or change; 5 tasks kept"),
        ([], "nothing to create or change"),
    ],
)
def test_changes_are_counted_by_what_is_done(changes: list[Change], text: str) -> None:
    assert changes_text(changes) == text


def test_a_comparison_says_what_is_to_be_agreed_to() -> None:
    replaced, kept, job = change(Action.REPLACE, BLOB, 2), change(Action.KEEP, POOL), change(Action.CHANGE, JOB)
    longer = Change(
        action=Action.CHANGE, kind=POOL, name="p", differences=(Difference(property=LASTS, old="1", new="2"),)
    )
    changes = (*CREATED, replaced, kept, job, longer)
    assert Comparison(account="a", run_id=None, step="s", changes=changes).changes_existing == (replaced, longer)
    # A run that goes on keeps its own pools for longer without a question.
    assert Comparison(account="a", run_id="r", step="s", changes=changes).changes_existing == (replaced,)


def test_a_comparison_as_json_has_old_and_new_and_no_etag() -> None:
    differs = Difference(property="nodes", old="1 node", new="2 nodes")
    pool = Change(action=Action.CHANGE, kind=POOL, name="p", differences=(differs,))
    found = Comparison(account="a", run_id="r", step="s", changes=(pool,), seen={"pool p": "0x1"}).to_json()
    assert json.loads(json.dumps(found)) == {
        "account": "a",
        "run": "r",
        "step": "s",
        "refused": "",
        "changes": [
            {
                "action": "change", "kind": "pool", "name": "p", "names": [], "count": 1, "size": 0, "reason": "",
                "differences": [{"property": "nodes", "old": "1 node", "new": "2 nodes"}],
            }
        ],
        "summary": "1 pool to change",
    }  # fmt: skip
