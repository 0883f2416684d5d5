from __future__ import annotations

from recipebatch.cli.render.why import why_text
from recipebatch.phases import Diagnosis, Finding, FindingCode

FOUND = Diagnosis(
    run_id="20260102-030405-abcd",
    recipe="r",
    verdict="no task is running",
    findings=(
        Finding(
            code=FindingCode.START_TASK_FAILED,
            sentence="the start task failed on all 2 nodes of pool p1, which has a long name: exit code 7",
            evidence=("node n1: starttaskfailed\x1b[31m", "    | it\n    | broke"),
            steps=(
                "recipebatch logs --run 20260102-030405-abcd --node a-node-with-a-long-name",
                "wait: recipebatch watch --run r1",
                "correct it",
            ),
        ),
    ),
    facts=("pool p1: active",),
    looked_at="2026-01-02T03:04:05+00:00",
)


def test_the_page_has_the_cause_the_evidence_and_the_next_step() -> None:
    assert why_text(FOUND) == (
        "run 20260102-030405-abcd of r: no task is running\n"
        "\n"
        "the start task failed on all 2 nodes of pool p1, which has a long name: exit code 7 [start-task-failed]\n"
        "  node n1: starttaskfailed\\x1b[31m\n"
        "      | it\n"
        "      | broke\n"
        "  next:\n"
        "    recipebatch logs --run 20260102-030405-abcd --node a-node-with-a-long-name\n"
        "    wait:\n"
        "      recipebatch watch --run r1\n"
        "    correct it\n"
        "\n"
        "seen at 2026-01-02 03:04:05 UTC\n"
        "  pool p1: active"
    )


def test_sentences_are_broken_at_the_width_and_commands_are_not() -> None:
    lines = why_text(FOUND, 60).split("\n")
    assert [line for line in lines if len(line) > 60] == [
        "    recipebatch logs --run 20260102-030405-abcd --node a-node-with-a-long-name"
    ]
    assert lines[2] == "the start task failed on all 2 nodes of pool p1, which has"
    assert lines[3] == "  a long name: exit code 7 [start-task-failed]"


def test_a_task_and_nothing_found() -> None:
    empty = Diagnosis(run_id="r1", recipe="r", task_id="t", verdict="active", looked_at="2026-01-02T03:04:05+00:00")
    assert why_text(empty).startswith("task t of run r1: active\n\nnothing keeps it from going on\n")
