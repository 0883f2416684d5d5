"""A run that is purged in part: what is deleted, what it can still do, and what its record says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_pools import Notes
from in_memory_run import LABELS, NOW, RECORD, Batch, Blobs, Records, World
from plans import a_container, a_job, a_plan, a_pool, a_pool_snapshot, a_task

from recipebatch.errors import RecipeBatchError, ServiceError, UsageError
from recipebatch.execution.apply import apply, purge_decisions
from recipebatch.phases import PHASES, NobodyToAskError, PhaseOptions, status_of
from recipebatch.properties.files import Collect
from recipebatch.properties.purge import EVERYTHING, Part, PurgeRule, PurgeWhen
from recipebatch.report import Verdict
from recipebatch.runs import labels

if TYPE_CHECKING:
    from recipebatch.runs import RunRecord
    from recipebatch.service import PoolSnapshot

ALWAYS, NEVER, ASK, ON_SUCCESS = PurgeWhen.ALWAYS, PurgeWhen.NEVER, PurgeWhen.ASK, PurgeWhen.ON_SUCCESS
RULE = PurgeRule(jobs=NEVER, pool=ALWAYS, storage=ON_SUCCESS)
OPTIONS = PhaseOptions()
READY = RECORD.with_phase("stage", "done", NOW).with_phase("provision", "done", NOW)


@dataclass
class OnePool(Batch):
    """A Batch account with the run's pool, until it is deleted."""

    pool: PoolSnapshot | None = field(default_factory=lambda: a_pool_snapshot(metadata={labels.RUN: "r1"}))
    users: tuple[str, ...] = ()
    refuses: bool = False

    def get_pool(self, _pool_id: str) -> Any:
        return self.pool

    def delete_pool(self, _pool_id: str) -> bool:
        if self.refuses:
            raise ServiceError("the pool cannot be deleted")
        self.pool = None
        return True

    def jobs_on_pool(self, _pool_id: str) -> tuple[str, ...]:
        return self.users

    def resize_pool(self, pool: Any) -> None:
        nodes = pool.target_dedicated_nodes
        assert self.pool is not None
        self.pool = replace(self.pool, target_dedicated_nodes=nodes, current_dedicated_nodes=nodes)


def a_world(rule: PurgeRule, **account: Any) -> World:
    plan = a_plan(
        pools=(a_pool(),),
        jobs=(a_job(a_task("a"), a_task("b")),),
        containers=(a_container("out", "c1"),),
        collect=(Collect(container="out", into="o"),),
    )
    plan = replace(plan, purge=rule)
    return World(plan=plan, record=READY, batch=OnePool(**account), blobs=Blobs(containers={"c1": []}))


def nobody(_kind: str, _names: tuple[str, ...]) -> bool:
    raise NobodyToAskError("no terminal", hint="--yes")


def ended(world: World) -> None:
    run = world.run()
    run.submit(OPTIONS)
    run.watch(OPTIONS)
    run.collect(OPTIONS)


@pytest.mark.parametrize(
    ("rule", "verdict", "kept"),
    [
        (RULE, Verdict.SUCCEEDED, {Part.JOBS}),
        (RULE, Verdict.FAILED, {Part.JOBS, Part.STORAGE}),
        (PurgeRule(jobs=ASK, pool=ASK, storage=NEVER), Verdict.FAILED, {Part.STORAGE}),
        (PurgeRule.of(ALWAYS), Verdict.FAILED, set()),
        (PurgeRule.of(ON_SUCCESS), Verdict.UNKNOWN, EVERYTHING),
    ],
)
def test_each_part_is_decided_for_itself(rule: PurgeRule, verdict: Verdict, kept: frozenset[Part]) -> None:
    assert purge_decisions(rule, verdict) == (EVERYTHING - kept, frozenset(kept))


def test_a_run_whose_pool_is_purged_can_be_collected_retried_and_purged(tmp_path: Any) -> None:
    world = a_world(RULE, exit_codes={"b": 3})
    options = PhaseOptions(output_dir=tmp_path)
    reports = list(apply(world.run(), PHASES, options=options, progress=Notes()))
    summary = "deleted 1 pool; jobs and storage kept (purge: jobs: never, pool: always, storage: on_success)"
    assert reports[-1].summary == summary
    assert "retry the failed tasks: recipebatch retry --run r1" in reports[-1].notes
    assert "remaining: job j1, 1 container" in reports[-1].notes
    kept = world.records.kept
    assert (kept.purged, kept.ended, kept.state_of("purge")) == (["pool"], True, None)
    assert status_of(kept) == "pool purged"
    assert world.run().collect(options).missing_outputs == ()
    with pytest.raises(UsageError, match="the pools of run r1 were purged: it cannot submit yet"):
        world.run().submit(OPTIONS)
    # Once more from the beginning: what is done stays done, and no pool is made to look.
    again = list(apply(world.run(), PHASES, options=options, progress=Notes()))
    assert [report.phase for report in again] == ["watch", "collect", "purge"]
    world.run().retry()
    assert world.records.kept.state_of("provision") == "started"
    assert not world.records.kept.ended
    world.run().purge(PhaseOptions(force=True))
    assert status_of(world.records.kept) == "purged"
    assert (world.batch.jobs, world.blobs.containers) == ({}, {})


def test_without_its_containers_a_run_is_neither_collected_nor_retried() -> None:
    world = a_world(PurgeRule(jobs=NEVER, pool=NEVER, storage=ALWAYS), exit_codes={"b": 3})
    list(apply(world.run(), PHASES, options=OPTIONS, progress=Notes()))
    assert world.records.kept.purged == ["storage"]
    assert status_of(world.records.kept) == "storage purged"
    with pytest.raises(UsageError, match="the containers of run r1 were purged: it cannot collect"):
        world.run().collect(OPTIONS)
    with pytest.raises(UsageError, match="the containers of run r1 were purged: it cannot retry its tasks"):
        world.run().retry()
    notes = Notes()
    reports = list(apply(world.run(), PHASES, options=OPTIONS, progress=notes))
    assert [report.phase for report in reports] == ["watch", "purge"]
    assert "collect: done before the purge started" in notes.lines


def test_without_its_jobs_a_run_is_not_watched() -> None:
    world = a_world(PurgeRule(jobs=ALWAYS, pool=NEVER, storage=NEVER))
    list(apply(world.run(), PHASES, options=OPTIONS, progress=Notes()))
    assert status_of(world.records.kept) == "jobs purged"
    with pytest.raises(UsageError, match="the jobs of run r1 were purged: it cannot watch"):
        world.run().watch(OPTIONS)
    assert world.run().collect(OPTIONS).phase == "collect"


def test_only_parts_whose_word_is_ask_are_asked_about_and_all_before_anything_is_deleted() -> None:
    world = a_world(PurgeRule(jobs=ASK, pool=ALWAYS, storage=ASK))
    ended(world)
    asked: list[tuple[str, bool]] = []

    def confirm(kind: str, _names: tuple[str, ...]) -> bool:
        asked.append((kind, "j1" in world.batch.jobs))
        return kind == "job"

    report = world.run().purge(PhaseOptions(confirm=confirm))
    assert asked == [("job", True), ("container", True)]
    assert [(step.kind, step.action) for step in report.steps] == [
        ("job", "deleted"),
        ("pool", "deleted"),
        ("container", "kept"),
    ]
    assert status_of(world.records.kept) == "jobs and pool purged"


def test_what_ask_keeps_without_an_answer_can_be_retried_and_its_pool_has_no_nodes() -> None:
    world = a_world(PurgeRule.of(ASK), exit_codes={"b": 3})
    *_, report = apply(world.run(), PHASES, options=OPTIONS, progress=Notes())
    assert report.summary == "kept 1 job, 1 pool, 1 container"
    assert "pool p1: scaled to 0 nodes" in report.notes
    assert ["recipebatch purge --run r1" in note for note in report.notes].count(True) == 1
    assert "retry the failed tasks: recipebatch retry --run r1" in report.notes
    assert (status_of(world.records.kept), world.records.kept.purged) == ("ended", [])
    retried = world.run().retry()
    assert retried is not None


def test_an_idle_pool_is_to_be_removed_after_its_outputs_are_collected() -> None:
    world = a_world(PurgeRule.of(NEVER))
    run = world.run()
    run.submit(OPTIONS)
    run.watch(OPTIONS)
    with pytest.raises(UsageError, match="outputs were not collected") as raised:
        run.purge(OPTIONS)
    assert raised.value.hint == (
        "collect first: recipebatch collect --run r1, or delete them too: recipebatch purge --run r1 --force"
    )
    said = "pool p1: scaled to 0 nodes; "
    assert run.scale_idle_pools() == (f"{said}its outputs are not collected: `recipebatch collect --run r1`",)
    run.collect(OPTIONS)
    assert run.scale_idle_pools() == (f"{said}remove it with `recipebatch purge --run r1`",)


def test_a_pool_that_is_shared_is_kept_and_the_rest_purged() -> None:
    world = a_world(PurgeRule.of(ALWAYS), users=("other",))
    ended(world)
    report = world.run().purge(OPTIONS)
    assert report.summary == "deleted 1 job, 1 container; kept 1 pool"
    assert report.notes[-1].startswith("pool p1 keeps 1 node, which incurs charges: other uses it")
    assert status_of(world.records.kept) == "jobs and storage purged"
    assert isinstance(world.batch, OnePool)
    world.batch.users = ()
    world.run().purge(OPTIONS)
    assert status_of(world.records.kept) == "purged"


def test_a_partial_purge_that_fails_is_recorded_as_begun() -> None:
    world = a_world(RULE, refuses=True)
    ended(world)
    with pytest.raises(ServiceError, match="cannot be deleted"):
        world.run().purge(OPTIONS, parts=frozenset({Part.POOL}))
    assert (world.records.kept.purged, world.records.kept.state_of("purge")) == (["pool"], None)


def test_provision_makes_a_purged_pool_again() -> None:
    world = a_world(RULE)
    ended(world)
    world.run().purge(OPTIONS, parts=frozenset({Part.POOL}))
    assert isinstance(world.batch, OnePool)
    world.batch.pool = a_pool_snapshot(metadata={labels.RUN: "r1"})
    with pytest.raises(AttributeError):
        # The account of this test has no images: what counts is what was recorded before.
        world.run().provision(OPTIONS)
    assert world.records.kept.purged == []


def test_task_files_count_as_uncollected_for_the_pool_and_blobs_do_not() -> None:
    world = a_world(RULE)
    world.run().submit(OPTIONS)
    pool = frozenset({Part.POOL})
    assert world.run().uncollected(pool) == ""
    assert world.run().uncollected() != ""
    world.plan = replace(world.plan, collect=(Collect(container=None, task_files=("stdout.txt",), into="o"),))
    assert world.run().uncollected(pool) != ""


def test_nodes_that_stay_for_task_files_are_said_until_these_are_collected() -> None:
    world = a_world(RULE)
    world.plan = replace(world.plan, collect=(Collect(container=None, task_files=("stdout.txt",), into="o"),))
    world.run().submit(OPTIONS)
    assert world.run().why_nodes_stay() == ""
    world.records.kept = world.records.kept.with_phase("watch", "done", NOW)
    assert world.run().why_nodes_stay() == (
        "the task files on them are not collected: recipebatch collect --run r1; without the files:"
        " recipebatch purge --run r1 --force"
    )
    world.records.kept = world.records.kept.with_phase("collect", "done", NOW)
    assert world.run().why_nodes_stay() == ""


def test_the_command_that_purges_names_the_account_and_what_is_lost() -> None:
    world = a_world(RULE)
    world.records.kept = replace(world.records.kept, account="work")
    assert world.run().purge_command() == "recipebatch purge --run r1 --account work"
    world.run().submit(OPTIONS)
    assert world.run().purge_command() == "recipebatch purge --run r1 --account work --force"


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        (PurgeRule.of(ASK), "no terminal; would be deleted: job j1, pool p1, container c1"),
        (
            PurgeRule(jobs=ALWAYS, pool=ALWAYS, storage=ASK),
            "no terminal; would be deleted: job j1, pool p1, container c1",
        ),
    ],
)
@pytest.mark.parametrize("begun", [False, True])
def test_a_purge_that_cannot_ask_deletes_nothing_and_names_what_it_would(
    rule: PurgeRule, named: str, *, begun: bool
) -> None:
    world = a_world(rule)
    ended(world)
    if begun:
        world.records.kept = world.records.kept.with_phase("purge", "started", NOW)
    before = world.records.kept
    with pytest.raises(NobodyToAskError) as raised:
        world.run().purge(PhaseOptions(confirm=nobody))
    assert (raised.value.message, raised.value.hint) == (named, "--yes")
    assert (list(world.batch.jobs), list(world.blobs.containers)) == (["j1"], ["c1"])
    assert world.records.kept.phases == before.phases
    assert world.records.kept.purged == before.purged


def test_a_purge_that_need_not_ask_asks_nobody() -> None:
    world = a_world(PurgeRule.of(NEVER))
    ended(world)
    world.run().purge(PhaseOptions(confirm=nobody))
    assert status_of(world.records.kept) == "purged"


@pytest.mark.parametrize(
    ("metadata", "other", "said"),
    [
        ({labels.RUN: "r0"}, False, "pool p1 keeps 1 node, which incurs charges: run r0 of another owner made it"),
        ({labels.RUN: "r0", labels.OWNER: "her"}, False, "run r0 of her made it"),
        ({**dict(LABELS.as_metadata()), labels.RUN: "r0"}, False, "run r0 made it, and has not ended"),
        ({**dict(LABELS.as_metadata()), labels.RUN: "r0"}, True, "pool p1: scaled to 0 nodes"),
        ({**dict(LABELS.as_metadata()), labels.RUN: "r0"}, None, "pool p1: scaled to 0 nodes"),
    ],
)
def test_the_pool_of_another_run_loses_its_nodes_only_when_that_run_of_this_owner_has_ended(
    metadata: dict[str, str], said: str, *, other: bool | None
) -> None:
    class Two(Records):
        """The record of another run beside that of the run at work."""

        def load(self, run_id: str) -> RunRecord:
            if run_id == "r1":
                return self.kept
            if other is None:
                raise UsageError("there is no run r0")
            return replace(self.kept, run_id=run_id, ended=other)

    world = a_world(PurgeRule.of(NEVER), pool=a_pool_snapshot(metadata=metadata))
    world.records = Two(world.record)
    ended(world)
    [note] = world.run().scale_idle_pools()
    assert said in note
    assert ("remove it with `recipebatch purge --run r0`" in note) is ("scaled to 0 nodes" in note)


def test_a_collect_that_fails_leaves_no_node_behind() -> None:
    world = a_world(PurgeRule.of(ALWAYS))
    plan = replace(world.plan, collect=(Collect(container="out", into="o", include=("deep/*",)),))
    world = replace(world, plan=plan, blobs=Blobs(containers={"c1": ["x.txt"]}))
    notes = Notes()
    with pytest.raises(RecipeBatchError, match=r"no blob of out matches deep/\*") as caught:
        list(apply(world.run(), PHASES, options=OPTIONS, progress=notes))
    assert caught.value.code == "nothing-fits"
    assert world.batch.get_pool("p1").current_dedicated_nodes == 0
    assert any(line.startswith("pool p1: scaled to 0 nodes") for line in notes.lines)
    assert "j1" in world.batch.jobs
    assert status_of(world.records.kept) == "collect failed"
