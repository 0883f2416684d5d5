import pytest

from recipebatch.vocabulary.causes import Cause, cause_of, exit_code_text


@pytest.mark.parametrize(
    ("code", "exit_code", "cause"),
    [
        ("FailureExitCode", 3, Cause.EXIT_CODE),
        (None, 3, Cause.EXIT_CODE),
        ("FileUploadContainerNotFound", 0, Cause.UPLOAD_FAILED),
        ("FileUploadAccessDenied", 0, Cause.UPLOAD_FAILED),
        ("BlobNotFound", None, Cause.RESOURCE_FILE),
        ("ResourceFileWriteFailed", None, Cause.RESOURCE_FILE),
        ("TaskEnded", None, Cause.TERMINATED),
        ("CommandProgramNotFound", None, Cause.COMMAND),
        ("ContainerImagePullFailed", None, Cause.CONTAINER),
        ("DiskFull", None, Cause.NODE),
        (None, None, Cause.NODE),
    ],
)
def test_a_failure_has_one_cause(code: str | None, exit_code: int | None, cause: Cause) -> None:
    assert cause_of(code, exit_code=exit_code, ran_out=False) is cause


def test_a_task_that_used_up_its_time_failed_for_that_whatever_the_service_calls_it() -> None:
    assert cause_of("TaskEnded", exit_code=None, ran_out=True) is Cause.WALL_CLOCK
    assert cause_of("FailureExitCode", exit_code=137, ran_out=True) is Cause.WALL_CLOCK
    assert cause_of("FileUploadMiscError", exit_code=0, ran_out=True) is Cause.UPLOAD_FAILED


def test_an_exit_code_says_what_it_means_where_a_signal_gave_it() -> None:
    assert exit_code_text(1) == "exit code 1"
    assert exit_code_text(141) == "exit code 141: a program wrote to a pipe whose reader had ended (SIGPIPE)"
