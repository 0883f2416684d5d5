from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_pools import Notes
from in_memory_run import NOW, RECORD

from recipebatch.errors import UsageError
from recipebatch.execution.select_run import check_owner, choose_run, newest_run, no_run, tell_others
from recipebatch.files import ReadAccess
from recipebatch.phases import PhaseOptions, status_of
from recipebatch.recipe import parse_recipe
from recipebatch.runs.summary import RunSummary, summary_from_metadata

if TYPE_CHECKING:
    from recipebatch.runs import RunRecord


@dataclass
class Runs:
    """This owner's runs of one name, of which no record is read."""

    owner: str = "me"
    found: tuple[RunSummary, ...] = ()
    records: dict[str, RunRecord] = field(default_factory=dict)

    def own(self, _name: str) -> tuple[RunSummary, ...]:
        return self.found

    def summaries(self) -> tuple[RunSummary, ...]:
        return self.found

    def load(self, run_id: str) -> RunRecord:
        return self.records[run_id]


def services_with(*records: RunRecord) -> Any:
    found = tuple(summary_from_metadata(each.run_id, each.to_metadata(status_of(each))) for each in records)
    return SimpleNamespace(store=Runs(found=found, records={each.run_id: each for each in records}))


RECIPE = parse_recipe(
    "schema_version: 1\nname: r\ntasks: [{command_line: a}]\n"
    "pool: {image: ubuntu-24.04, vm_size: standard_d2s_v5, target_dedicated_nodes: 1}\n",
    file="r.yaml",
    folder=Path("/mine"),
)


def test_without_a_name_the_newest_run_of_this_owner_is_looked_at_and_named() -> None:
    mine, of_others = replace(RECORD, run_id="r2"), replace(RECORD, run_id="r3", owner="you")
    notes = Notes()
    found = newest_run(services_with(RECORD, mine, of_others), notes)
    assert (found.record.run_id, notes.lines) == ("r2", ["run r2 of r (created), your newest one"])
    with pytest.raises(UsageError, match="there is no run of me in this account"):
        newest_run(services_with(of_others), notes)


def test_where_a_recipe_has_no_run_those_of_other_places_are_named() -> None:
    assert no_run(services_with(), RECIPE, unfinished=False).message == "there is no run of r by me in this account"
    error = no_run(services_with(RECORD), RECIPE, unfinished=True)
    assert error.message == "there is no unfinished run of r of /mine/r.yaml by me in this account"
    assert "r1 (created) of /recipes/r.yaml; --run ID uses one of them" in str(error.hint)
    notes = Notes()
    tell_others(services_with(), RECIPE, notes)
    assert notes.lines == []
    tell_others(services_with(RECORD), RECIPE, notes)
    assert notes.lines == [
        "runs of recipes elsewhere are named r too: r1 (created) of /recipes/r.yaml; --run ID uses one of them"
    ]


def test_a_run_of_another_owner_needs_a_yes() -> None:
    services = services_with()
    check_owner(services, RECORD, "purge", lambda *_: pytest.fail("asked about one's own run"))
    hers = replace(RECORD, owner="alice")
    check_owner(services, hers, "purge", lambda _question, answers: answers[0])
    for answer, hint in ((None, "to purge it all the same: --yes"), ("no", None)):
        with pytest.raises(UsageError, match="run r1 belongs to alice, not to me: it is left as it is") as raised:
            check_owner(services, hers, "purge", lambda *_, given=answer: given)
        assert raised.value.hint == hint


@pytest.mark.parametrize("text", [RECIPE.text, "name: other"])
def test_a_run_whose_purge_is_to_be_completed_is_not_asked_about(text: str) -> None:
    purging = replace(RECORD, recipe_text=text, recipe_source=RECIPE.source).with_phase("purge", "started", NOW)
    notes = Notes()
    found = choose_run(
        services_with(purging),
        RECIPE,
        {},
        ReadAccess.of_recipe(Path("/mine")),
        new=False,
        command="apply",
        options=PhaseOptions(),
        progress=notes,
    )
    assert found.record is purging
    assert notes.lines == []
