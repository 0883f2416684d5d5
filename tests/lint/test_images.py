"""Rules about container images."""

from __future__ import annotations

import pytest
from lint.findings import JOB, POOL, TOP, findings, messages


@pytest.mark.parametrize(
    ("image", "moves"),
    [
        ("debian", True),
        ("debian:latest", True),
        ("host:5000/debian", True),
        ("debian:12.5", False),
        ("host:5000/debian:12.5", False),
        ("debian@sha256:abc", False),
    ],
)
def test_an_image_without_a_version_is_found(image: str, *, moves: bool) -> None:
    tasks = f"tasks: [{{command_line: a, container_settings: {{image_name: '{image}'}}}}]\n"
    assert findings(TOP + POOL + JOB + tasks) == (["5:60 warning latest-image"] if moves else [])


def test_the_message_names_the_image() -> None:
    tasks = "tasks: [{command_line: a, container_settings: {image_name: debian}}]\n"
    assert messages(TOP + POOL + JOB + tasks) == [
        ("container image debian has a mutable tag", "use a version tag, such as :1.2, or a digest")
    ]
