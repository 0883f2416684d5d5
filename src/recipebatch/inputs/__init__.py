"""What a recipe takes from outside its own text: local files, and tasks that a factory of the user makes."""

from recipebatch.inputs.factories import RequiredItems
from recipebatch.inputs.input_reader import InvalidInputsError, read_local_inputs
from recipebatch.inputs.local_files import (
    LocalFile,
    LocalInputs,
    RequiredInputs,
    RequiredNames,
    RequiredTable,
    RequiredUpload,
)

__all__ = [
    "InvalidInputsError",
    "LocalFile",
    "LocalInputs",
    "RequiredInputs",
    "RequiredItems",
    "RequiredNames",
    "RequiredTable",
    "RequiredUpload",
    "read_local_inputs",
]
