from __future__ import annotations

import ast
from pathlib import Path

import pytest
from emulator.properties import generate

from recipebatch.emulator.protocol import versions

SRC = Path(versions.__file__).parents[3]
OLDEST, MIDDLE, NEWEST = versions.VERSIONS[0], versions.VERSIONS[1], versions.VERSIONS[-1]


def literals(file: Path) -> set[str]:
    """All text in a file's literals, docstrings included."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_an_api_version_is_written_in_one_file_only() -> None:
    naming = {
        file.relative_to(SRC).as_posix()
        for file in SRC.rglob("*.py")
        if any(version in text for text in literals(file) for version in versions.VERSIONS)
    }
    assert naming == {"recipebatch/emulator/protocol/versions.py"}


def test_the_table_of_properties_is_made_of_the_same_api_versions() -> None:
    assert generate.VERSIONS == versions.VERSIONS
    assert max(versions.VERSIONS) == versions.NEWEST


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("", None),
        (f"since {OLDEST}", {OLDEST, MIDDLE, NEWEST}),
        (f"since {MIDDLE}", {MIDDLE, NEWEST}),
        (f"until {MIDDLE}", {OLDEST, MIDDLE}),
        (f"only {MIDDLE}", {MIDDLE}),
    ],
)
def test_a_span_is_a_set_of_api_versions(span: str, expected: set[str] | None) -> None:
    assert versions.versions_of(span) == (None if expected is None else frozenset(expected))


@pytest.mark.parametrize(
    ("type_name", "version", "left"),
    [
        ("TaskSchedulingPolicy", NEWEST, {"nodeFillType", "jobDefaultOrder"}),
        ("TaskSchedulingPolicy", MIDDLE, {"nodeFillType"}),
        ("NodeCounts", MIDDLE, {"idle", "deallocated", "deallocating"}),
        ("NodeCounts", OLDEST, {"idle"}),
        ("CloudPool", MIDDLE, {"id", "certificateReferences", "resourceTags", "currentNodeCommunicationMode"}),
        ("CloudPool", NEWEST, {"id"}),
        ("ComputeNode", OLDEST, {"id", "certificateReferences"}),
        ("ComputeNode", NEWEST, {"id"}),
    ],
)
def test_an_answer_has_the_properties_of_its_api_version(type_name: str, version: str, left: set[str]) -> None:
    names = {
        "TaskSchedulingPolicy": ("nodeFillType", "jobDefaultOrder"),
        "NodeCounts": ("idle", "deallocated", "deallocating"),
        "CloudPool": ("id", "certificateReferences", "resourceTags", "currentNodeCommunicationMode"),
        "ComputeNode": ("id", "certificateReferences"),
    }[type_name]
    assert versions.without_unknown(type_name, dict.fromkeys(names, 1), version).keys() == left


def test_nodes_are_started_and_deallocated_since_the_middle_api_version() -> None:
    assert versions.operation_versions("/pools/{}/nodes/{}/start") == frozenset({MIDDLE, NEWEST})
    assert versions.operation_versions("/pools/{}/nodes/{}/reboot") is None


def test_only_what_the_specification_gives_to_fewer_api_versions_is_accepted_by_more() -> None:
    for type_name, spans in versions.ACCEPTED.items():
        for name, span in spans.items():
            specified = versions._TABLE["bodies"][type_name][name].partition(" ")[2]
            fewer = versions.versions_of(specified)
            more = versions.versions_of(span) or set(versions.VERSIONS)
            assert fewer is not None, f"{type_name}.{name}"
            assert fewer < more, f"{type_name}.{name}"
