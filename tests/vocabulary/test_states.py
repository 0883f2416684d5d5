from __future__ import annotations

from recipebatch.emulator.state.errors.error_codes import ERROR_CODES
from recipebatch.vocabulary.states import JOB_MOVES, TASK_MOVES, JobState, TaskState


def test_every_state_has_its_moves_and_only_a_deleted_job_has_none() -> None:
    assert set(JOB_MOVES) == set(JobState)
    assert set(TASK_MOVES) == set(TaskState)
    assert [state for state, moves in JOB_MOVES.items() if not moves] == [JobState.DELETING]


def test_from_every_state_a_job_can_be_deleted() -> None:
    assert all(JobState.DELETING in moves for state, moves in JOB_MOVES.items() if state is not JobState.DELETING)


def test_every_error_is_a_refusal_with_a_sentence() -> None:
    assert all(400 <= kind.status < 600 for kind in ERROR_CODES.values())
    assert all(kind.message for kind in ERROR_CODES.values())
