"""PoolExists, JobNotFound, … with their HTTP status and the service's message.

Sources: recorded answers where there are any, else "Batch Status and Error Codes" of the REST API.
"""

from __future__ import annotations

from typing import NamedTuple

from recipebatch.vocabulary import error_codes as codes


class ErrorKind(NamedTuple):
    """Status and message of an error code.

    Attributes:
        status: the HTTP status.
        message: the first line of the service's message.
    """

    status: int
    message: str


NOT_IMPLEMENTED = "OperationNotImplementedByEmulator"
"""The only code that Azure does not have: the operation is known but not implemented."""

ERROR_CODES: dict[str, ErrorKind] = {
    "ActiveJobAndScheduleQuotaReached": ErrorKind(
        409, "Active job and job schedule quota for the account has been reached."
    ),
    "ApplicationNotFound": ErrorKind(404, "The specified application does not exist."),
    codes.AUTHENTICATION_FAILED: ErrorKind(
        403,
        "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly "
        "including the signature.",
    ),
    "AutoScalingFormulaSyntaxError": ErrorKind(400, "The specified auto-scaling formula has a syntax error."),
    "AutoScalingFormulaTooLong": ErrorKind(400, "The specified auto-scaling formula exceeds lengths limit."),
    "ConditionNotMet": ErrorKind(412, "The condition specified using HTTP conditional header(s) is not met."),
    "FileNotFound": ErrorKind(404, "The specified file does not exist."),
    "Forbidden": ErrorKind(403, "Access is Forbidden"),
    "InternalError": ErrorKind(500, "Server encountered an internal error. Please try again after some time."),
    "InvalidApplicationPackageReferences": ErrorKind(
        409, "One or more of the specified application package references are invalid."
    ),
    codes.INVALID_AUTHENTICATION_INFO: ErrorKind(
        400,
        "The authentication information was not provided in the correct format. "
        "Verify the value of Authorization header.",
    ),
    "InvalidAutoScalingSettings": ErrorKind(400, "The specified auto-scaling settings are not valid."),
    "InvalidHeaderValue": ErrorKind(400, "The value for one of the HTTP headers is not in the correct format."),
    "InvalidPropertyValue": ErrorKind(
        400, "The value provided for one of the properties in the request body is invalid."
    ),
    "InvalidQueryParameterValue": ErrorKind(
        400, "Value for one of the query parameters specified in the request URI is invalid."
    ),
    "InvalidRange": ErrorKind(416, "The range specified is invalid for the current size of the resource."),
    "InvalidRequestBody": ErrorKind(400, "The specified Request Body is not syntactically valid."),
    "InvalidUri": ErrorKind(400, "The requested URI does not represent any resource on the server."),
    codes.JOB_BEING_DELETED: ErrorKind(
        409, "The specified job has been marked for deletion and is being garbage collected."
    ),
    codes.JOB_BEING_TERMINATED: ErrorKind(409, "The specified job is being terminated."),
    codes.JOB_COMPLETED: ErrorKind(409, "The specified job is already in a completed state."),
    "JobDisabled": ErrorKind(409, "The specified job is disabled."),
    codes.JOB_EXISTS: ErrorKind(409, "The specified job already exists."),
    "JobNotFound": ErrorKind(404, "The specified job does not exist."),
    codes.JOB_PREPARATION_TASK_OR_RELEASE_TASK_NOT_SPECIFIED: ErrorKind(
        409, "The specified job does not have either job preparation task or job release task."
    ),
    codes.JOB_SCHEDULE_BEING_DELETED: ErrorKind(
        409, "The specified job schedule has been marked for deletion and is being reclaimed."
    ),
    "JobScheduleBeingTerminated": ErrorKind(409, "The specified job schedule is being terminated."),
    "JobScheduleCompleted": ErrorKind(409, "The specified job schedule is already in completed state."),
    "JobScheduleDisabled": ErrorKind(409, "The specified job schedule is disabled."),
    codes.JOB_SCHEDULE_EXISTS: ErrorKind(409, "The specified job schedule already exists."),
    "JobScheduleNotFound": ErrorKind(404, "The specified job schedule does not exist."),
    "JobScheduleWithSameIdExists": ErrorKind(
        409, "The specified job has the same id as an existing job schedule in the account."
    ),
    "JobWithSameIdExists": ErrorKind(409, "The specified job schedule has the same id as an existing job."),
    "MissingRequiredHeader": ErrorKind(400, "An HTTP header that's mandatory for this request is not specified."),
    "MissingRequiredProperty": ErrorKind(400, "A required property was not specified in the request body."),
    "MissingRequiredQueryParameter": ErrorKind(
        400, "A query parameter that's mandatory for this request is not specified."
    ),
    "MultipleConditionHeadersNotSupported": ErrorKind(400, "Multiple condition headers are not supported."),
    "NodeBeingCreated": ErrorKind(409, "The specified node is being created."),
    "NodeBeingRebooted": ErrorKind(409, "The specified node is being rebooted."),
    "NodeBeingReimaged": ErrorKind(409, "The specified node is being reimaged."),
    "NodeBeingStarted": ErrorKind(409, "The specified node is being started."),
    "NodeNotFound": ErrorKind(404, "The specified node does not exist."),
    "NodeAlreadyInTargetSchedulingState": ErrorKind(
        409, "The specified node is already in the target scheduling state."
    ),
    NOT_IMPLEMENTED: ErrorKind(400, "The requested operation is not implemented by this emulator."),
    "NodeStateUnusable": ErrorKind(409, "The state of the specified node is unusable."),
    "NodeUserExists": ErrorKind(409, "The specified node user already exists."),
    "NodeUserNotFound": ErrorKind(404, "The specified node user does not exist."),
    "OperationInvalidForCurrentState": ErrorKind(
        409, "The specified operation is not valid for the current state of the resource."
    ),
    "OperationNotValidOnNode": ErrorKind(409, "The specified operation is not valid on the node."),
    "OperationNotValidOnPool": ErrorKind(409, "The specified operation is not valid on the pool."),
    "OperationTimedOut": ErrorKind(500, "Operation could not be completed within the specified time."),
    codes.POOL_BEING_DELETED: ErrorKind(409, "The specified pool has been marked for deletion and is being reclaimed."),
    codes.POOL_BEING_RESIZED: ErrorKind(409, "The specified pool is being resized."),
    codes.POOL_EXISTS: ErrorKind(409, "The specified pool already exists."),
    "PoolNotFound": ErrorKind(404, "The specified pool does not exist."),
    "PoolQuotaReached": ErrorKind(409, "Pool quota for the account has been reached."),
    "PoolUsageMetricAPIRetired": ErrorKind(400, "Pool list usage metrics API was retired on 09/30/2024"),
    "CloudServiceConfigurationRetired": ErrorKind(
        400,
        "CloudServiceConfiguration pools are retired as of 2/29/2024, and new pools of this type cannot be added",
    ),
    "RequestBodyTooLarge": ErrorKind(413, "The request body is too large and exceeds the maximum permissible limit."),
    "ResourceNotFound": ErrorKind(404, "The specified resource does not exist."),
    "ServerBusy": ErrorKind(503, "The server is busy."),
    codes.TASK_COMPLETED: ErrorKind(409, "The specified task is already in a completed state."),
    "TaskDependenciesNotSpecifiedOnJob": ErrorKind(
        400, "The specified task has dependencies, but the job is not configured to use task dependencies."
    ),
    "TaskDependencyListTooLong": ErrorKind(400, "The list of task ids that the task depends on is too long."),
    codes.TASK_EXISTS: ErrorKind(409, "The specified task already exists."),
    "TaskFilesCleanedup": ErrorKind(409, "The files of the specified task have been cleaned up."),
    "TaskFilesUnavailable": ErrorKind(
        409, "The node on which the files of the specified task reside is not available."
    ),
    "TaskIdSameAsJobPreparationTask": ErrorKind(
        409, "The specified task id is the same as that of the job preparation task."
    ),
    "TaskIdSameAsJobReleaseTask": ErrorKind(409, "The specified task id is the same as that of the job release task."),
    codes.TASK_NOT_COMPLETED: ErrorKind(409, "The specified task is not in a completed state."),
    "TaskNotFound": ErrorKind(404, "The specified task does not exist."),
    codes.TASK_SUCCEEDED: ErrorKind(409, "The specified task has completed with success."),
    # No answer with status 429 is recorded; only injected faults use this code.
    codes.TOO_MANY_ENABLE_AUTO_SCALE_REQUESTS: ErrorKind(
        503, "Too many Enable Pool AutoScale requests are issued on the pool."
    ),
    "TooManyRequests": ErrorKind(429, "The server is busy."),
    "UnsupportedHttpVerb": ErrorKind(405, "The resource does not support the specified HTTP verb."),
    "UnsupportedProperty": ErrorKind(
        400, "One of the properties specified in the request body is not supported in the current context."
    ),
    "UnsupportedQueryParameter": ErrorKind(
        400, "One of the query parameters specified in the request URI is not supported."
    ),
    "UnsupportedRequestVersion": ErrorKind(
        400, "The api-version specified in the request is not supported by this service."
    ),
}
"""All known errors by their code."""
