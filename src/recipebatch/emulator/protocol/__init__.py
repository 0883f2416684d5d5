"""The REST protocol: api-versions, request bodies, filters, paging, errors, and views of resources in replies."""

from recipebatch.emulator.protocol.auto_scale_settings import check_formula
from recipebatch.emulator.protocol.calls import (
    Call,
    Json,
    Reply,
    changed,
    created,
    invalid_query,
    modified_headers,
    resource_reply,
    selected,
    selects,
)
from recipebatch.emulator.protocol.errors import error_body, error_document
from recipebatch.emulator.protocol.json_text import write_json
from recipebatch.emulator.protocol.odata_filter import ALL, EQUALITY, ID, Filter
from recipebatch.emulator.protocol.paging import Field, examined, filtered, list_filter, page, page_size, start_after
from recipebatch.emulator.protocol.references import check_references
from recipebatch.emulator.protocol.validation import ObjectSchema, Property, integer, one_of, text
from recipebatch.emulator.protocol.versions import NEWEST, VERSIONS, operation_versions
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
    "NEWEST",
    "VERSIONS",
    "Call",
    "Field",
    "Filter",
    "Json",
    "ObjectSchema",
    "Property",
    "Reply",
    "changed",
    "check_formula",
    "check_references",
    "created",
    "error_body",
    "error_document",
    "examined",
    "filtered",
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
    "operation_versions",
    "page",
    "page_size",
    "pool_view",
    "preparation_status_view",
    "resource_reply",
    "selected",
    "selects",
    "start_after",
    "task_counts",
    "task_url",
    "task_view",
    "text",
    "write_json",
]
