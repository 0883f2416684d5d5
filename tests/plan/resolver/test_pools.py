"""The pools of a plan."""

from pathlib import Path
from typing import Any

import pytest

from recipebatch.errors import InvalidRecipeError
from recipebatch.inputs import LocalInputs
from recipebatch.plan import bind_parameters, resolve
from recipebatch.recipe import parse_recipe

PlanOf = Any


POOL = "{image: ubuntu-24.04, vm_size: standard_d2s_v3, mount_configuration: [%s, %s], spot_nodes: 1}"


BLOB = "{azure_blob_file_system_configuration: {container: data, relative_mount_path: d}}"


NFS = "{nfs_mount_configuration: {source: 'a:/b', relative_mount_path: %s}}"


SECTIONS = "storage: {data: {}}\ntasks: [{command_line: a}]\n"


def test_two_mounts_of_any_kind_have_paths_of_their_own(plan_of: PlanOf) -> None:
    found = plan_of(SECTIONS, pool=POOL % (BLOB, NFS % "n")).pools[0].mounts
    assert [mount.relative_mount_path for mount in found] == ["d", "n"]
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(SECTIONS, pool=POOL % (BLOB, NFS % "d"))
    assert [(problem.code, problem.message) for problem in caught.value.problems] == [
        ("duplicate-mount", "two mounts have the path d")
    ]


def test_no_mount_is_inside_another_one(plan_of: PlanOf) -> None:
    assert len(plan_of(SECTIONS, pool=POOL % (BLOB, NFS % "d2/d")).pools[0].mounts) == 2
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(SECTIONS, pool=POOL % (BLOB, NFS % "d/n"))
    assert [(problem.code, problem.message) for problem in caught.value.problems] == [
        ("duplicate-mount", "the mounts d and d/n overlap")
    ]


def test_min_nodes_above_max_nodes_are_refused_when_an_expression_gives_them(plan_of: PlanOf) -> None:
    scale = "{scenario: workday, min_nodes: 3, max_nodes: '${{ 1 + 1 }}'}"
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(SECTIONS, pool=f"{{image: ubuntu-24.04, vm_size: standard_d2s_v3, auto_scale: {scale}}}")
    assert [(problem.code, problem.message, problem.hint) for problem in caught.value.problems] == [
        ("invalid-recipe", "min_nodes (3) is greater than max_nodes (2)", "swap them")
    ]


def test_pools_with_equal_ids_are_refused() -> None:
    image = "image: ubuntu-24.04, vm_size: standard_d2s_v3, spot_nodes: 1"
    text = (
        "schema_version: 1\nname: demo\n"
        f"pools: {{a: {{id: same, {image}}}, b: {{id: Same, {image}}}}}\n"
        "jobs: {j: {pool: a, tasks: [{command_line: a}]}, k: {pool: b, tasks: [{command_line: a}]}}\n"
    )
    recipe = parse_recipe(text, file="r.yaml", folder=Path())
    with pytest.raises(InvalidRecipeError) as caught:
        resolve(
            recipe,
            run_id="20260101-120000-ab12",
            owner="me",
            parameters=bind_parameters(recipe, {}),
            inputs=LocalInputs(files={}, tables={}),
            environ={},
            listings=None,
        )
    problem = caught.value.problems[0]
    assert f"{problem.at} [{problem.code}] {problem.message}" == (
        "r.yaml:3:94 [duplicate-id] the pools a and b have the same id, Same"
    )


def refusals(plan_of: PlanOf, sections: str, **arguments: Any) -> list[str]:
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(sections, **arguments)
    return [
        f"{problem.at.line}:{problem.at.column} [{problem.code}] {problem.message}"
        + (f" | {problem.hint}" if problem.hint else "")
        for problem in caught.value.problems
    ]


def test_an_image_may_be_a_parameter(plan_of: PlanOf) -> None:
    sections = "parameters: {i: {default: debian-12}}\ntasks: [{command_line: a}]"
    pool = "{image: '${{ params.i }}', os: linux, vm_size: v, spot_nodes: 1}"
    assert str(plan_of(sections, pool=pool).pools[0].image) == "debian/debian-12/12-gen2/latest"
    assert refusals(plan_of, sections, pool=pool, given={"i": "debian-21"}) == [
        "3:15 [unknown-image] unknown image debian-21 | did you mean debian-13?"
    ]
    slots = sections.replace("command_line: a", "command_line: a, required_slots: 9")
    found = refusals(plan_of, slots, pool=pool.replace(", spot_nodes: 1", ""), given={"i": "debian-11"})
    assert [line.split()[1] for line in found] == ["[pool-without-nodes]", "[image-retired]", "[too-many-slots]"]
