"""An account in memory that a recipe is planned against."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from in_memory_pools import PoolBatch
from in_memory_run import NOW, RECORD, Blobs

from recipebatch.errors import UsageError
from recipebatch.execution.comparison.compare import compared_plan
from recipebatch.execution.read_recipe import bound
from recipebatch.execution.recipe_runs.compared_plan import NEW_RUN
from recipebatch.files import ReadAccess
from recipebatch.phases import status_of
from recipebatch.recipe import parse_recipe
from recipebatch.report import Quiet
from recipebatch.runs import DONE
from recipebatch.runs.summary import RunSummary, summary_from_metadata

if TYPE_CHECKING:
    from pathlib import Path

    from recipebatch.execution.comparison import ComparedPlan
    from recipebatch.recipe import Recipe
    from recipebatch.runs import RunRecord

TEXT = """
schema_version: 1
name: demo
parameters: {n: {type: integer, default: 1}}
storage: {in: {container: demo-in, uploads: [a.txt]}, out: {}}
pool: {id: p1, image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: "${{ params.n }}"}
tasks: [{name: t, for_each: {files: in}, command_line: "run ${{ file.name }}"}]
purge: never
"""


@dataclass
class Store:
    owner: str = "me"
    record: RunRecord | None = None
    found: tuple[RunSummary, ...] = field(default_factory=tuple)

    def own(self, _name: str) -> tuple[RunSummary, ...]:
        return self.found

    def load(self, run_id: str) -> RunRecord:
        if self.record is None or self.record.run_id != run_id:
            raise UsageError(f"there is no run {run_id} in this account")
        return self.record

    def create(self, record: RunRecord) -> RunRecord:
        self.record = replace(record, etag="1")
        return self.record


@dataclass
class Account:
    folder: Path
    batch: PoolBatch = field(default_factory=PoolBatch)
    blobs: Blobs = field(default_factory=Blobs)
    store: Store = field(default_factory=Store)
    label: str = "prod"

    def recipe(self, text: str = TEXT) -> Recipe:
        if not (self.folder / "a.txt").exists():
            (self.folder / "a.txt").write_text("abc")
        return parse_recipe(text, file="r.yaml", folder=self.folder, source=str(self.folder / "r.yaml"))

    def access(self) -> ReadAccess:
        return ReadAccess.of_recipe(self.folder)

    @property
    def services(self) -> Any:
        return SimpleNamespace(
            label=self.label, batch=self.batch, blobs=self.blobs, store=self.store, uses_batch_key=True,
            polls=(timedelta(seconds=1), timedelta(seconds=1)), storage=lambda _name: self.blobs, read_secret=None,
        )  # fmt: skip

    def compare(self, text: str = TEXT, *, new: bool = False, run_id: str = NEW_RUN, **given: Any) -> ComparedPlan:
        recipe, now = self.recipe(text), NOW
        return compared_plan(self.services, recipe, given, self.access(), Quiet(), new=new, run_id=run_id, now=now)

    def with_run(self, *done: str, text: str = TEXT, **changed: Any) -> None:
        recipe = self.recipe(text)
        parameters, inputs = bound(recipe, {}, self.access())
        record = replace(
            RECORD, run_id="20260102-030405-aaaa", recipe_name="demo", account=self.label,
            recipe_text=text, recipe_digest=recipe.digest,
            recipe_folder=str(self.folder), recipe_source=recipe.source, parameters=parameters,
            inputs=inputs.to_json(), etag="e1", **changed,
        )  # fmt: skip
        for name in done:
            record = record.with_phase(name, DONE, NOW)
        self.store.record = record
        self.store.found = (summary_from_metadata(record.run_id, record.to_metadata(status_of(record))),)
