from __future__ import annotations

from recipebatch.phases.outputs import PromisedOutput, missing_error, outputs_text


def test_the_error_names_tasks_and_files_and_what_to_do() -> None:
    outputs = [
        PromisedOutput(container="out", blob=f"f{n}.txt", job="j", task=f"t{n}", file=f"f{n}.txt", wrote=False)
        for n in range(7)
    ]
    error = missing_error("r1", "--run r1 --account work", outputs)
    assert error.message.startswith(
        "run r1: 7 outputs of finished tasks are missing in storage: task t0 wrote no f0.txt;"
    )
    assert error.message.endswith("task t4 wrote no f4.txt; and 2 more")
    assert "recipebatch retry --run r1 --account work --cause output_missing" in str(error.hint)
    assert "recipebatch purge --run r1 --account work --force" in str(error.hint)
    assert "`required: false`" in str(error.hint)
    assert error.exit_code == 1


def test_blobs_whose_names_were_not_kept_are_counted() -> None:
    assert (
        missing_error("r1", "--run r1", [], 3).message == "run r1: 3 outputs of finished tasks are missing in storage"
    )
    one = PromisedOutput(container="out", blob="a")
    assert outputs_text([one], 2) == "a in out; and 2 more"
    assert outputs_text([one]) == "a in out"
