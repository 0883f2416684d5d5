from __future__ import annotations

import json
from typing import Any

import pytest
from emulator.properties import generate

from recipebatch.emulator.protocol import schemas
from recipebatch.emulator.protocol.schemas.builder import Refinement, SchemaBuilder, TypeRules, echoed
from recipebatch.emulator.protocol.validation import integer
from recipebatch.emulator.protocol.versions import BODIES, NEWEST, VERSIONS
from recipebatch.emulator.state import BatchError


def refusal(schema: Any, body: Any, version: str = NEWEST) -> tuple[str, dict[str, str]]:
    """Code and values of the error for a body."""
    with pytest.raises(BatchError) as caught:
        schema("body", body, version)
    return caught.value.code, dict(caught.value.values)


def test_the_table_of_properties_is_what_the_generator_makes() -> None:
    assert generate.RESULT.read_text(encoding="utf-8") == generate.generate(), (
        "run `python tests/emulator/properties/generate.py` and commit properties.json"
    )


def test_every_body_of_the_specification_has_a_schema_and_every_schema_a_type_of_it() -> None:
    made = {schema.type_name for schema in schemas.SCHEMAS}
    for name in generate.BODIES:
        assert schemas.SCHEMAS.schema(name).type_name in made
    assert len(json.loads(generate.RESULT.read_text(encoding="utf-8"))["bodies"]) >= len(list(schemas.SCHEMAS))


@pytest.mark.parametrize(
    ("type_name", "name", "value", "kept"),
    [
        ("JobConstraints", "maxWallClockTime", "PT60M", "PT1H"),
        ("TaskAddParameter", "requiredSlots", "2", 2),
        ("JobSchedulePatchParameter", "metadata", [], []),
        ("JobPatchParameter", "onAllTasksComplete", "TerminateJob", "terminatejob"),
        ("UefiSettings", "secureBootEnabled", True, True),
        ("PoolAddParameter", "resourceTags", {"a": "b"}, {"a": "b"}),
        ("Schedule", "doNotRunUntil", "2024-01-02T03:04:05.000Z", "2024-01-02T03:04:05Z"),
    ],
)
def test_a_rule_follows_from_the_type_of_a_property(type_name: str, name: str, value: Any, kept: Any) -> None:
    rule = SchemaBuilder({}).schema(type_name).properties[name].rule
    assert rule(name, value, NEWEST) == kept


def test_a_required_text_is_not_empty_and_another_may_be() -> None:
    package = SchemaBuilder({}).schema("ApplicationPackageReference")
    assert package("body", {"applicationId": "a", "version": ""}, NEWEST) == {"applicationId": "a", "version": ""}
    assert refusal(package, {"applicationId": ""})[0] == "InvalidPropertyValue"
    assert refusal(package, {}) == ("MissingRequiredProperty", {"PropertyName": "applicationId"})


def test_a_property_is_known_to_its_api_versions_only() -> None:
    policy = SchemaBuilder({}).schema("TaskSchedulingPolicy")
    assert [policy.has("jobDefaultOrder", version) for version in VERSIONS] == [False, False, True]
    body = {"nodeFillType": "pack", "jobDefaultOrder": "none"}
    assert policy("body", body, NEWEST) == body
    assert refusal(policy, body, VERSIONS[1])[0] == "InvalidRequestBody"


def test_rules_refine_what_the_specification_says() -> None:
    builder = SchemaBuilder(
        {
            "JobConstraints": TypeRules(type_name="Limits", properties={"maxTaskRetryCount": integer(3, 5)}),
            "UefiSettings": TypeRules(echo="all", properties=echoed("one", "vTpmEnabled")),
            "OutputFileDestination": TypeRules(properties={"container": Refinement(required=True)}),
            "TaskDependencies": TypeRules(
                properties={"taskIds": Refinement(longest=2, then=lambda _name, ids: sorted(ids))}
            ),
        }
    )
    limits = builder.schema("JobConstraints")
    assert limits.type_name == "Limits"
    assert refusal(limits, {"maxTaskRetryCount": 2})[0] == "InvalidPropertyValue"
    echoes = {name: found.echo for name, found in builder.schema("UefiSettings").properties.items()}
    assert echoes == {"secureBootEnabled": "all", "vTpmEnabled": "one"}
    assert refusal(builder.schema("OutputFileDestination"), {})[0] == "MissingRequiredProperty"
    dependencies = builder.schema("TaskDependencies")
    assert dependencies("body", {"taskIds": ["b", "a"]}, NEWEST) == {"taskIds": ["a", "b"]}
    assert refusal(dependencies, {"taskIds": ["a", "b", "c"]})[0] == "InvalidPropertyValue"


def test_a_rule_of_a_property_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="StartTask has no property comandLine"):
        SchemaBuilder({"StartTask": TypeRules(properties={"comandLine": integer(0)})})


def test_a_schema_is_made_once() -> None:
    task, job = schemas.SCHEMAS.schema("TaskAddParameter"), schemas.SCHEMAS.schema("JobManagerTask")
    assert task.properties["constraints"].rule is job.properties["constraints"].rule


@pytest.mark.parametrize("type_name", sorted(BODIES))
def test_every_type_of_the_specification_can_be_made(type_name: str) -> None:
    assert SchemaBuilder({}).schema(type_name).properties.keys() == BODIES[type_name].keys()
