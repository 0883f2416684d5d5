"""Agent logs of nodes, from services in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_pools import Notes, PoolBatch
from in_memory_run import NOW, Blobs, World
from plans import a_plan, a_pool, a_pool_snapshot

from recipebatch.errors import ServiceError, UsageError
from recipebatch.execution.output.agent_logs import AskedNode, agent_output, fetch_agent_logs, unusable_nodes
from recipebatch.execution.output.written import NoOutputError
from recipebatch.runs import KeptLog, labels
from recipebatch.service import BlobSnapshot, NodeSnapshot
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.phases import PhaseContext

PLAN = a_plan(pools=(a_pool(),), containers=(), jobs=())


@dataclass
class LogBlobs(Blobs):
    """A storage account whose blobs have contents, and which keeps what was made and deleted."""

    contents: dict[str, bytes] = field(default_factory=dict)
    made: list[tuple[str, Any]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    def create_container(self, name: str, **request: Any) -> bool:
        self.made.append((name, request["metadata"]))
        return super().create_container(name)

    def delete_container(self, name: str) -> bool:
        self.deleted.append(name)
        return super().delete_container(name)

    def list_blobs(self, container: str, *, prefix: str = "") -> Iterator[BlobSnapshot]:
        listed = super().list_blobs(container, prefix=prefix)
        return iter([replace(blob, size=len(self.contents[blob.name])) for blob in listed])

    def blob_end(self, _container: str, blob: BlobSnapshot, *, size: int) -> bytes:
        return self.contents[blob.name][-size:]


@dataclass
class LogBatch(PoolBatch):
    """A Batch account whose nodes upload files of that content.

    Attributes:
        uploads: by node, its files.
        late: so many files are announced beside those that come.
        refused: nodes that upload nothing.
        asked: which nodes were, and since when.
    """

    blobs: LogBlobs = field(default_factory=LogBlobs)
    uploads: dict[str, dict[str, bytes]] = field(default_factory=dict)
    late: int = 0
    refused: frozenset[str] = frozenset()
    asked: list[tuple[str, datetime]] = field(default_factory=list)
    urls: list[Secret] = field(default_factory=list)

    def upload_node_logs(  # type: ignore[override]
        self, _pool_id: str, node_id: str, *, container_url: Secret, since: datetime
    ) -> tuple[str, int]:
        self.asked.append((node_id, since))
        self.urls.append(container_url)
        if node_id in self.refused:
            raise ServiceError(f"asking node {node_id} for its agent logs: the node is not ready")
        (container,) = self.blobs.containers
        files = self.uploads.get(node_id, {})
        for name, content in files.items():
            self.blobs.contents[f"a/{node_id}/{name}"] = content
            self.blobs.containers[container].append(f"a/{node_id}/{name}")
        return f"a/{node_id}", len(files) + self.late


def a_world(batch: LogBatch, **states: str) -> tuple[World, PhaseContext, Notes]:
    batch.pools = {"p1": a_pool_snapshot()}
    batch.node_states = tuple(NodeSnapshot(id=name, state=state, allocated=NOW) for name, state in states.items())
    notes = Notes()
    world = World(plan=PLAN, batch=batch, blobs=batch.blobs)
    return world, replace(world.context(PLAN), progress=notes), notes


def a_node(name: str, *, allocated: datetime | None = None) -> AskedNode:
    return AskedNode("p1", name, allocated)


def test_the_ends_of_the_files_are_fetched_through_a_container_that_is_deleted() -> None:
    batch = LogBatch(uploads={"n1": {"agent-debug.log": b"begin\n" + b"x" * 20_000 + b"end\n"}})
    _, context, notes = a_world(batch)
    (log,) = fetch_agent_logs(context, [a_node("n1")])
    assert (log.pool_id, log.node_id, log.file, log.size) == ("p1", "n1", "agent-debug.log", 20_010)
    assert (len(log.end), log.end[-5:]) == (16 * 1024, "xend\n")
    ((name, metadata),) = batch.blobs.made
    assert name.startswith("r1-agent-logs-")
    assert metadata[labels.RUN] == "r1"
    assert batch.blobs.deleted == [name]
    assert [url.reveal() for url in batch.urls] == [f"https://one/{name}?sv=1&sig={name}"]
    assert notes.lines == []


def test_the_time_that_is_asked_for_is_an_hour_at_most_and_begins_with_the_node() -> None:
    batch = LogBatch()
    _, context, _ = a_world(batch)
    lately = NOW - timedelta(minutes=5)
    assert fetch_agent_logs(context, [a_node("a"), a_node("b", allocated=lately)]) == []
    assert batch.asked == [("a", NOW - timedelta(hours=1)), ("b", lately)]


def test_files_that_do_not_come_are_waited_for_half_a_minute_and_the_others_are_kept() -> None:
    batch = LogBatch(uploads={"n1": {"a.log": b"one\n"}}, late=1)
    world, context, notes = a_world(batch)
    assert [log.end for log in fetch_agent_logs(context, [a_node("n1")])] == ["one\n"]
    assert world.clock.seconds == 30
    assert notes.lines == ["agent logs are not complete: n1 did not upload all files in 30 s"]


def test_a_node_that_refuses_keeps_no_other_node_from_it() -> None:
    batch = LogBatch(uploads={"n2": {"a.log": b"two\n"}}, refused=frozenset({"n1"}))
    _, context, notes = a_world(batch)
    assert [log.node_id for log in fetch_agent_logs(context, [a_node("n1"), a_node("n2")])] == ["n2"]
    said = "asking node n1 for its agent logs: the node is not ready"
    assert notes.lines == [f"agent logs are not complete: {said}"]


def test_of_many_nodes_and_files_the_first_ones_are_kept() -> None:
    files = {f"{number:02}.log": b"x" for number in range(12)}
    batch = LogBatch(uploads={f"n{number}": files for number in range(7)})
    _, context, notes = a_world(batch)
    found = fetch_agent_logs(context, [a_node(f"n{number}") for number in range(7)])
    assert {log.node_id for log in found} == {"n0", "n1", "n2", "n3", "n4"}
    assert len(found) == 50
    assert notes.lines == ["agent logs are not complete: only the first 5 of 7 nodes were asked"]


def test_secrets_are_taken_out() -> None:
    password = Secret("a-long-password")
    batch = LogBatch(uploads={"n1": {"a.log": f"x {password.reveal()} ?sig=abcdef\n".encode()}})
    _, context, _ = a_world(batch)
    (log,) = fetch_agent_logs(context, [a_node("n1")])
    assert log.end == "x *** ?sig=***\n"


@pytest.mark.parametrize("failing", ["container_sas", "list_blobs", "blob_end", "delete_container"])
def test_the_container_is_deleted_although_something_fails(failing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = LogBatch(uploads={"n1": {"a.log": b"one\n"}})
    _, context, notes = a_world(batch)
    deleted: list[str] = []

    def fail(*_: object, **__: object) -> None:
        raise ServiceError("the storage is busy\nmore")

    def delete(name: str) -> None:
        deleted.append(name)
        if failing == "delete_container":
            fail()

    monkeypatch.setattr(batch.blobs, failing, fail)
    monkeypatch.setattr(batch.blobs, "delete_container", delete)
    found = fetch_agent_logs(context, [a_node("n1")])
    assert [log.end for log in found] == (["one\n"] if failing == "delete_container" else [])
    assert deleted == [name for name, _ in batch.blobs.made]
    assert notes.lines == ["agent logs are not complete: the storage is busy"]


def test_only_nodes_that_are_unusable_or_lost_are_of_interest() -> None:
    _, context, _ = a_world(LogBatch(), a="idle", b="unusable", c="unknown", d="starttaskfailed")
    assert unusable_nodes(context) == (a_node("b", allocated=NOW), a_node("c", allocated=NOW))
    existing = replace(context, plan=a_plan(pools=(a_pool(existing=True),), containers=(), jobs=()))
    assert unusable_nodes(existing) == ()


KEPT = KeptLog(pool_id="p1", node_id="gone", file="agent-debug.log", size=8, end="one\ntwo\n")


def printed(context: PhaseContext, *nodes: str, kept: tuple[KeptLog, ...] = (), **options: Any) -> list[Any]:
    options = {"lines": None, "is_gone": False} | options
    return [(part.node, part.file, part.text) for part in agent_output(context, kept, nodes=nodes, **options)]


def test_what_is_recorded_is_printed_and_no_node_is_asked() -> None:
    batch = LogBatch()
    _, context, notes = a_world(batch, n1="unusable")
    assert printed(context, kept=(KEPT,), lines=1) == [("gone", "agent-debug.log", b"two\n")]
    assert printed(context, "gone", kept=(KEPT,), is_gone=True) == [("gone", "agent-debug.log", b"one\ntwo\n")]
    assert batch.asked == []
    assert notes.lines == ["the record keeps the agent logs of gone"] * 2


def test_of_what_is_not_recorded_nodes_that_are_there_are_asked() -> None:
    batch = LogBatch(uploads={"n1": {"a.log": b"1\n"}, "n2": {"a.log": b"2\n"}})
    _, context, _ = a_world(batch, n1="unusable", n2="idle")
    assert printed(context) == [("n1", "a.log", b"1\n")]
    assert printed(context, "n2") == [("n2", "a.log", b"2\n")]
    both = printed(context, "n2", "gone", kept=(KEPT,))
    assert both == [("gone", "agent-debug.log", b"one\ntwo\n"), ("n2", "a.log", b"2\n")]


def test_what_is_not_there_is_said() -> None:
    batch = LogBatch()
    _, context, _ = a_world(batch, n1="idle")
    with pytest.raises(UsageError, match="the run has no node n2 now"):
        printed(context, "n2")
    with pytest.raises(NoOutputError, match="no node of the run is unusable") as caught:
        printed(context)
    assert caught.value.hint == "of any other node: --node ID"
    with pytest.raises(NoOutputError, match="no agent logs of n1"):
        printed(context, "n1")
    with pytest.raises(NoOutputError, match="its record keeps no agent logs"):
        printed(context, is_gone=True)
