"""What a new property that is only passed on costs: an entry of the schema and a row of a table, and nothing else."""

from __future__ import annotations

import copy
from dataclasses import make_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from recipebatch.errors import InvalidRecipeError
from recipebatch.inputs import LocalInputs
from recipebatch.plan import Plan, bind_parameters, plan_as_json, resolve
from recipebatch.properties import machine
from recipebatch.properties.deferred import Text, fill
from recipebatch.properties.table import block, integer, prop
from recipebatch.properties.task import TASK, ContainerSettings
from recipebatch.recipe import parse_recipe
from recipebatch.recipe.source import schema_errors
from recipebatch.service.azure.pool_requests import pool_create_options
from recipebatch.service.azure.task_requests import task_create_options

if TYPE_CHECKING:
    from recipebatch.properties.files import ResourceFile

# What the schema says of the two properties that these tests invent.
ENTRY: dict[str, Any] = {"anyOf": [{"type": "integer"}, {"$ref": "#/$defs/expression"}]}


class Access:
    """What requests of pools and tasks without files need."""

    expiry = datetime(2030, 1, 1, tzinfo=UTC)

    def text(self, text: Text) -> str:
        return fill(text, repr)

    def identity_of(self, logical: str | None) -> str | None:
        raise AssertionError(logical)

    def resource_url(self, file: ResourceFile) -> str:
        raise AssertionError(file)

    def upload_url(self, logical: str) -> str:
        raise AssertionError(logical)

    def address(self, logical: str) -> tuple[str, str]:
        raise AssertionError(logical)

    def mount_token(self, logical: str, *, read_only: bool) -> str:
        raise AssertionError(logical, read_only)


@pytest.fixture(autouse=True)
def _extended(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ultra_disks` of a pool and `shared_memory_mib` of container settings: one entry and one row each."""
    schema = copy.deepcopy(schema_errors._schema("recipe.schema.json"))
    schema["$defs"]["pool"]["properties"]["ultra_disks"] = ENTRY
    schema["$defs"]["container_settings"]["properties"]["shared_memory_mib"] = ENTRY
    monkeypatch.setattr(schema_errors, "_schema", lambda _name: schema)
    monkeypatch.setattr(schema_errors, "_validator", lambda _name: Draft202012Validator(schema))

    monkeypatch.setitem(machine.MACHINE.rows, "ultra_disks", integer("ultraDisks", 1, 8))
    row = ("shared_memory_mib", int, prop(integer("sharedMemory.sizeMiB", 1)))
    extended = make_dataclass("ContainerSettings", [row], bases=(ContainerSettings,), frozen=True, kw_only=True)
    monkeypatch.setitem(TASK.rows, "container_settings", block("containerSettings", extended, raw=True))


def planned(pool: str, task: str) -> Plan:
    text = (
        "schema_version: 1\nname: demo\nparameters: {n: {type: integer, default: 3}}\n"
        f"pool: {{image: ubuntu-24.04-containers, vm_size: a, spot_nodes: 1, container_configuration: {{}}{pool}}}\n"
        f"tasks: [{{command_line: a, {task}}}]\n"
    )
    recipe = parse_recipe(text, file="r.yaml", folder=Path())
    return resolve(
        recipe,
        run_id="20260101-120000-ab12",
        owner="me",
        parameters=bind_parameters(recipe, {}),
        inputs=LocalInputs(files={}, tables={}),
        environ={},
        listings=None,
    )


def container(extra: str) -> str:
    return f"for_each: {{items: [64, 128]}}, container_settings: {{image_name: i:1{extra}}}"


def refused(pool: str, task: str) -> list[str]:
    with pytest.raises(InvalidRecipeError) as caught:
        planned(pool, task)
    return [
        f"{problem.at.line}:{problem.at.column} [{problem.code}] {problem.message}" for problem in caught.value.problems
    ]


@pytest.mark.parametrize("value", ["3", "'${{ params.n }}'"])
def test_it_reaches_the_request_of_a_pool_as_written_or_by_an_expression(value: str) -> None:
    plan = planned(f", ultra_disks: {value}", container(""))
    body = pool_create_options(plan.pools[0], node_agent_sku_id="n", access=Access()).as_dict()
    assert body["virtualMachineConfiguration"]["ultraDisks"] == 3


def test_it_reaches_the_request_of_each_task_with_the_value_of_its_item() -> None:
    plan = planned("", container(", shared_memory_mib: '${{ item * 2 }}'"))
    bodies = [task_create_options(task, job_id="j", access=Access()).as_dict() for task in plan.jobs[0].tasks or ()]
    assert [body["containerSettings"]["sharedMemory"] for body in bodies] == [{"sizeMiB": 128}, {"sizeMiB": 256}]
    shown = plan_as_json(plan)["jobs"][0]["tasks"][0]["container_settings"]
    assert shown["shared_memory_mib"] == 128


def test_it_is_left_out_where_it_is_not_written() -> None:
    plan = planned("", container(""))
    (task, _) = plan.jobs[0].tasks or ()
    assert task_create_options(task, job_id="j", access=Access()).as_dict()["containerSettings"] == {"imageName": "i:1"}
    body = pool_create_options(plan.pools[0], node_agent_sku_id="n", access=Access()).as_dict()
    assert "ultraDisks" not in body["virtualMachineConfiguration"]


def test_a_literal_of_a_wrong_type_or_out_of_range_is_refused_at_its_position() -> None:
    assert refused(", ultra_disks: many", container("")) == [
        '4:96 [invalid-recipe] ultra_disks must be an integer, not "many"'
    ]
    assert refused(", ultra_disks: 9", container("")) == ["4:109 [invalid-recipe] ultra_disks must be at most 8, not 9"]


def test_the_result_of_an_expression_is_refused_with_its_item() -> None:
    assert refused("", container(", shared_memory_mib: '${{ item - 64 }}'")) == [
        "5:114 [invalid-recipe] shared_memory_mib must be at least 1, not 0 (item 64)"
    ]


def test_raw_cannot_hold_it_as_well() -> None:
    raw = ", raw: {virtualMachineConfiguration: {ultraDisks: 1}}"
    assert refused(raw, container("")) == [
        "4:132 [raw-modelled] raw.virtualMachineConfiguration cannot contain ultraDisks: use the recipe key ultra_disks"
    ]
