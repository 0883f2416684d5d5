"""Rows, shapes, and what `raw:` cannot hold because of them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import pytest

from recipebatch.properties.job import JOB, RELEASE
from recipebatch.properties.pool import POOL
from recipebatch.properties.table import SAME, Raw, Shape, block, flattened, integer, prop, raw_names, section, text
from recipebatch.properties.task import TASK, TaskProperties


@dataclass(frozen=True, kw_only=True)
class Inner:
    size: int = prop(integer("sizeGB", 1, default=4))


@dataclass(frozen=True, kw_only=True)
class Outer:
    name: str | None = prop(text("outer.name", key="title"))
    shared: Inner = prop(block("below", Inner, key=SAME))
    open: Inner | None = prop(block("open", Inner, raw=True))
    closed: Inner | None = prop(block("closed", Inner))
    raw: dict[str, object] | None = prop(Raw())


OUTER = block("", Outer)


def test_a_field_has_the_default_of_its_row() -> None:
    assert Inner() == Inner(size=4)
    assert Outer(shared=Inner()).name is None


def test_a_number_is_at_most_what_the_service_can_read() -> None:
    convert = integer("constraints.maxTaskRetryCount", -1).convert
    assert convert(2**31 - 1) == 2**31 - 1
    with pytest.raises(ValueError, match="must be at most 2147483647, not 2147483648"):
        convert(2**31)


def test_the_rows_of_a_class_are_its_fields_in_their_order() -> None:
    assert list(OUTER.rows) == ["name", "shared", "open", "closed", "raw"]
    assert list(TASK.rows) == [field.name for field in fields(TaskProperties)]


def test_properties_that_share_a_mapping_are_found_under_the_rest_name_of_their_own() -> None:
    assert {name: row.wire for name, row in flattened(OUTER)}["size"] == "below.sizeGB"


def test_raw_may_add_to_an_open_mapping_and_to_no_other() -> None:
    assert raw_names(OUTER) == {
        "outer": {"name": "title"},
        "below": {"sizeGB": "size"},
        "open": {"sizeGB": "open.size"},
        "closed": "closed",
    }


def test_a_section_of_a_plan_by_rest_names_has_no_class() -> None:
    shape = section("osDisk", many=True, disk_size_gb=integer("diskSizeGB", 1))
    assert (shape.make, shape.many, shape.rows["disk_size_gb"].wire) == (None, True, "diskSizeGB")


def test_a_release_task_has_other_times_than_the_other_tasks_of_a_job() -> None:
    assert RELEASE.rows["max_wall_clock_time"].wire == "maxWallClockTime"
    preparation = JOB.rows["job_preparation_task"]
    assert isinstance(preparation, Shape)
    assert raw_names(preparation)["constraints"]["retentionTime"] == "constraints.retention_time"


def test_what_stands_in_a_pool_belongs_to_its_virtual_machine_configuration_in_the_request() -> None:
    machine = raw_names(POOL)["virtualMachineConfiguration"]
    assert machine["osDisk"] == "os_disk"
    assert machine["containerConfiguration"] == "container_configuration"
