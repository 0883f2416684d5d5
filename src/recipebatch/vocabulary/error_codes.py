"""Codes of the Batch service's errors that both sides use: the emulator answers with them, the client compares them.

Source: "Batch Status and Error Codes" of the REST API, and recorded answers.
"""

from __future__ import annotations

ACTIVE_JOB_AND_SCHEDULE_QUOTA_REACHED = "ActiveJobAndScheduleQuotaReached"
AUTHENTICATION_FAILED = "AuthenticationFailed"
INVALID_AUTHENTICATION_INFO = "InvalidAuthenticationInfo"
JOB_BEING_DELETED = "JobBeingDeleted"
JOB_BEING_TERMINATED = "JobBeingTerminated"
JOB_COMPLETED = "JobCompleted"
JOB_EXISTS = "JobExists"
JOB_PREPARATION_TASK_OR_RELEASE_TASK_NOT_SPECIFIED = "JobPreparationTaskOrReleaseTaskNotSpecified"
JOB_SCHEDULE_BEING_DELETED = "JobScheduleBeingDeleted"
JOB_SCHEDULE_BEING_TERMINATED = "JobScheduleBeingTerminated"
JOB_SCHEDULE_COMPLETED = "JobScheduleCompleted"
JOB_SCHEDULE_DISABLED = "JobScheduleDisabled"
JOB_SCHEDULE_EXISTS = "JobScheduleExists"
OPERATION_INVALID_FOR_CURRENT_STATE = "OperationInvalidForCurrentState"
POOL_BEING_DELETED = "PoolBeingDeleted"
POOL_BEING_RESIZED = "PoolBeingResized"
POOL_EXISTS = "PoolExists"
POOL_QUOTA_REACHED = "PoolQuotaReached"
TASK_COMPLETED = "TaskCompleted"
TASK_EXISTS = "TaskExists"
TASK_NOT_COMPLETED = "TaskNotCompleted"
TASK_SUCCEEDED = "TaskSucceeded"
TOO_MANY_ENABLE_AUTO_SCALE_REQUESTS = "TooManyEnableAutoScaleRequests"
