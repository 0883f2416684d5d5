from __future__ import annotations

import pytest

from recipebatch.properties.purge import EVERYTHING, Part, PurgeRule, PurgeWhen, in_order, part_of

MIXED = PurgeRule(jobs=PurgeWhen.ASK, pool=PurgeWhen.ALWAYS, storage=PurgeWhen.ON_SUCCESS)


def test_one_word_is_for_every_part() -> None:
    rule = PurgeRule.of(PurgeWhen.NEVER)
    assert (str(rule), rule.to_json()) == ("never", "never")
    assert rule.parts(PurgeWhen.NEVER) == EVERYTHING
    assert rule.parts(PurgeWhen.ALWAYS) == frozenset()


def test_each_part_has_its_own_word() -> None:
    assert str(MIXED) == "jobs: ask, pool: always, storage: on_success"
    assert MIXED.to_json() == {"jobs": "ask", "pool": "always", "storage": "on_success"}
    assert MIXED.when(Part.POOL) is PurgeWhen.ALWAYS
    assert in_order(MIXED.parts(PurgeWhen.ON_SUCCESS, PurgeWhen.ASK)) == (Part.JOBS, Part.STORAGE)


@pytest.mark.parametrize(
    ("kind", "part"), [("job", "jobs"), ("job schedule", "jobs"), ("pool", "pool"), ("container", "storage")]
)
def test_each_kind_of_thing_belongs_to_a_part(kind: str, part: str) -> None:
    assert part_of(kind) == part
