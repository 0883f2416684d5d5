from __future__ import annotations

from typing import Any

import pytest

JOB = {"id": "j", "poolInfo": {"poolId": "p"}}
TASK = {"id": "t", "commandLine": "true"}
FILE = {"httpUrl": "http://example.com/a", "filePath": "a"}
UPLOAD = {
    "filePattern": "*",
    "destination": {"container": {"containerUrl": "http://example.com/c"}},
    "uploadOptions": {"uploadCondition": "tasksuccess"},
}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"commandLine": ""}, "InvalidPropertyValue"),
        ({"displayName": 7}, "InvalidPropertyValue"),
        ({"requiredSlots": 0}, "InvalidPropertyValue"),
        ({"resourceFiles": [{}]}, "MissingRequiredProperty"),
        ({"resourceFiles": [{"httpUrl": "http://example.com/a"}]}, "MissingRequiredProperty"),
        ({"resourceFiles": [{**FILE, "storageContainerUrl": "http://example.com/c"}]}, "InvalidPropertyValue"),
        ({"resourceFiles": [{**FILE, "filePath": "../a"}]}, "InvalidPropertyValue"),
        ({"resourceFiles": [{**FILE, "filePath": "/etc/a"}]}, "InvalidPropertyValue"),
        ({"resourceFiles": [{**FILE, "fileMode": "rwx"}]}, "InvalidPropertyValue"),
        ({"outputFiles": [{**UPLOAD, "destination": {}}]}, "MissingRequiredProperty"),
        (
            {"outputFiles": [{name: part for name, part in UPLOAD.items() if name != "uploadOptions"}]},
            "MissingRequiredProperty",
        ),
        ({"outputFiles": [{**UPLOAD, "uploadOptions": {"uploadCondition": "never"}}]}, "InvalidPropertyValue"),
    ],
)
def test_a_bad_task_is_refused(wire: Any, changes: dict[str, Any], code: str) -> None:
    wire("POST", "/jobs", JOB)
    answer = wire("POST", "/jobs/j/tasks", {**TASK, **changes})
    assert (answer.status, answer.code) == (400, code)
