"""The REST protocol: bodies, errors, paging, filters and how resources are shown."""

from recipebatch.emulator.protocol.auto_scale_settings import check_formula
from recipebatch.emulator.protocol.calls import (
    Call,
    Json,
    Reply,
    changed,
    created,
    entity_reply,
    invalid_query,
    modified_headers,
    selected,
    shows,
)
from recipebatch.emulator.protocol.errors import error_body, error_document
from recipebatch.emulator.protocol.odata_filter import ALL, EQUALITY, ID, Filter, conditions
from recipebatch.emulator.protocol.paging import Field, chosen, list_filter, page, passes, start_after
from recipebatch.emulator.protocol.references import check_references
from recipebatch.emulator.protocol.validation import Entity, Property, integer, one_of, text
from recipebatch.emulator.protocol.views.jobs import (
    job_specification_view,
    job_view,
    node_info_view,
    preparation_status_view,
    task_counts,
    task_url,
    task_view,
)
from recipebatch.emulator.protocol.views.pools import node_counts, node_view, pool_view

__all__ = [
    "ALL",
    "EQUALITY",
    "ID",
    "Call",
    "Entity",
    "Field",
    "Filter",
    "Json",
    "Property",
    "Reply",
    "changed",
    "check_formula",
    "check_references",
    "chosen",
    "conditions",
    "created",
    "entity_reply",
    "error_body",
    "error_document",
    "integer",
    "invalid_query",
    "job_specification_view",
    "job_view",
    "list_filter",
    "modified_headers",
    "node_counts",
    "node_info_view",
    "node_view",
    "one_of",
    "page",
    "passes",
    "pool_view",
    "preparation_status_view",
    "selected",
    "shows",
    "start_after",
    "task_counts",
    "task_url",
    "task_view",
    "text",
]
