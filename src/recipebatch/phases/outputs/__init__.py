"""Outputs that finished tasks promise: which files must be in their containers, and which of them are missing."""

from recipebatch.phases.outputs.blobs import OutputBlobs
from recipebatch.phases.outputs.missing import OutputsMissingError, missing_error, outputs_text
from recipebatch.phases.outputs.promises import PromisedOutput, output_containers, promised, promises_anything

__all__ = [
    "OutputBlobs",
    "OutputsMissingError",
    "PromisedOutput",
    "missing_error",
    "output_containers",
    "outputs_text",
    "promised",
    "promises_anything",
]
