"""The schemas of request bodies: their properties, types, and which of them the emulator supports.

A property is either supported; or stored and returned without effect, for the reason in its `echo`; or `refused` with
400 `UnsupportedProperty` and a reason. No property is accepted and ignored.
"""

from recipebatch.emulator.protocol.schemas import job, machine, network, pool, task
from recipebatch.emulator.protocol.schemas.builder import SchemaBuilder
from recipebatch.emulator.protocol.validation import ObjectSchema, Property, list_of

SCHEMAS = SchemaBuilder({**machine.RULES, **network.RULES, **pool.RULES, **task.RULES, **job.RULES})
"""The schemas of all types in request bodies."""

POOL_ADD = SCHEMAS.schema("PoolAddParameter")
POOL_PATCH = SCHEMAS.schema("PoolPatchParameter")
POOL_UPDATE_PROPERTIES = SCHEMAS.schema("PoolUpdatePropertiesParameter")
POOL_RESIZE = SCHEMAS.schema("PoolResizeParameter")
ENABLE_AUTO_SCALE = SCHEMAS.schema("PoolEnableAutoScaleParameter")
EVALUATE_AUTO_SCALE = SCHEMAS.schema("PoolEvaluateAutoScaleParameter")
NODE_REMOVE = SCHEMAS.schema("NodeRemoveParameter")
NODE_REBOOT = SCHEMAS.schema("NodeRebootParameter")
NODE_REIMAGE = SCHEMAS.schema("NodeReimageParameter")
NODE_DEALLOCATE = SCHEMAS.schema("NodeDeallocateParameter")
NODE_DISABLE_SCHEDULING = SCHEMAS.schema("NodeDisableSchedulingParameter")
NODE_USER_ADD = SCHEMAS.schema("ComputeNodeUser")
NODE_USER_PUT = SCHEMAS.schema("NodeUpdateUserParameter")
SERVICE_LOGS = SCHEMAS.schema("UploadBatchServiceLogsConfiguration")
JOB_ADD = SCHEMAS.schema("JobAddParameter")
JOB_PATCH = SCHEMAS.schema("JobPatchParameter")
JOB_PUT = SCHEMAS.schema("JobUpdateParameter")
JOB_DISABLE = SCHEMAS.schema("JobDisableParameter")
JOB_TERMINATE = SCHEMAS.schema("JobTerminateParameter")
TASK_ADD = SCHEMAS.schema("TaskAddParameter")
TASK_PUT = SCHEMAS.schema("TaskUpdateParameter")
TASK_COLLECTION = ObjectSchema(
    # The entries are checked one by one, so that an invalid one does not affect the others.
    "TaskAddCollection",
    {"value": Property(list_of(lambda _name, value, _version: value), required=True)},
)
SCHEDULE_ADD = SCHEMAS.schema("JobScheduleAddParameter")
SCHEDULE_PATCH = SCHEMAS.schema("JobSchedulePatchParameter")
SCHEDULE_PUT = SCHEMAS.schema("JobScheduleUpdateParameter")
