"""Golden files: written, compared, and the same on every machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from recipe_tests.demo import CASE, RECIPE, run

from recipebatch.recipe_tests import find_tests, run_tests

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_golden_plan_is_written_once_and_then_compared(folder: Path) -> None:
    text = f"{CASE}    golden: demo.plan.json\n"
    assert run(text, update=True).cases[0].updated == "demo.plan.json"
    assert run(text, update=True).cases[0].updated is None
    assert run(text).failed == 0
    plan = json.loads((folder / "demo.plan.json").read_text(encoding="utf-8"))
    assert plan["run_id"] == "test"
    assert plan["containers"][0]["uploads"] == [{"blob": "a.txt", "source": "a.txt"}]
    assert plan["jobs"][0]["tasks"][0]["command_line"] == ['cd "$HOME"', "echo 1 > out"]
    assert str(folder) not in json.dumps(plan)
    (folder / "demo.yaml").write_text(RECIPE.replace("done,", "finished,"))
    ((failure,),) = [case.failures for case in run(text).cases]
    assert failure.message == "the plan differs from demo.plan.json; recipebatch test --update accepts it"
    assert [line.strip() for line in failure.difference if line[0] in "+-" and line[1] not in "+-"] == [
        '-     "command_line": "done",',
        '+     "command_line": "finished",',
    ]


def test_the_same_recipe_gives_the_same_golden_plan_in_another_folder(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"{CASE}    golden: demo.plan.json\n"
    run(text, update=True)
    other = tmp_path_factory.mktemp("other")
    for name in ("demo.yaml", "demo.test.yaml", "demo.plan.json", "a.txt"):
        (other / name).write_bytes((folder / name).read_bytes())
    monkeypatch.chdir("/")
    assert run_tests(find_tests([str(other)])).failed == 0
