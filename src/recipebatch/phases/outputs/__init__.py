"""Outputs that finished tasks promise: which files must be in their containers, and which of them are missing."""

from recipebatch.phases.outputs.blobs import OutputBlobs
from recipebatch.phases.outputs.ends import ends_text, indented, read_end
from recipebatch.phases.outputs.gone_files import KEEP_HINT, why_unreadable
from recipebatch.phases.outputs.kept_tasks import tasks_to_keep
from recipebatch.phases.outputs.missing import OutputsMissingError, missing_error, outputs_text
from recipebatch.phases.outputs.promises import (
    PromisedOutput,
    is_output_of,
    output_containers,
    promised,
    promises_anything,
)

__all__ = [
    "KEEP_HINT",
    "OutputBlobs",
    "OutputsMissingError",
    "PromisedOutput",
    "ends_text",
    "indented",
    "is_output_of",
    "missing_error",
    "output_containers",
    "outputs_text",
    "promised",
    "promises_anything",
    "read_end",
    "tasks_to_keep",
    "why_unreadable",
]
