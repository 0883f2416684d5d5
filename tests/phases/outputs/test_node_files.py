from __future__ import annotations

import pytest

from recipebatch.phases.outputs.node_files import is_folder, wrote

FILES = ("stdout.txt", "stderr.txt", "fileuploadout.txt", "wd/a.csv", "wd/deep/er/b.csv", "wd/.hidden")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a.csv", True),
        ("./a.csv", True),
        ("b.csv", False),
        ("deep/er/b.csv", True),
        ("deep/er", False),
        ("../stdout.txt", True),
        ("../std*.txt", True),
        ("*.csv", True),
        ("*.txt", False),
        ("deep/*.csv", False),
        ("deep/**/*.csv", True),
        ("**/*.csv", True),
        ("*hidden", False),
        (".h*", True),
        ("$AZ_BATCH_TASK_DIR/std*.txt", True),
        ("${AZ_BATCH_TASK_WORKING_DIR}/*.csv", True),
        ("$AZ_BATCH_TASK_WORKING_DIR/*.log", False),
        # Elsewhere on the node, or what a variable of the task stands for: the list cannot say.
        ("$AZ_BATCH_NODE_SHARED_DIR/*.csv", None),
        ("$NAME.csv", None),
        ("out-$NAME/*.csv", None),
        ("/tmp/*.csv", None),
        ("../../other/*.csv", None),
        ("x\\*.csv", None),
    ],
)
def test_the_list_of_a_tasks_files_says_whether_a_pattern_fits(pattern: str, *, expected: bool | None) -> None:
    assert wrote(pattern, FILES) is expected


def test_names_of_windows_nodes_are_read_too() -> None:
    assert wrote("deep/*.csv", ("stdout.txt", "wd\\deep\\a.csv")) is True


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("deep", True),
        ("deep/", True),
        ("deep/er", True),
        ("a.csv", False),
        ("none", False),
        ("d*", False),
        ("/x", False),
    ],
)
def test_a_folder_is_known_by_the_files_in_it(pattern: str, *, expected: bool) -> None:
    assert is_folder(pattern, FILES) is expected
