"""What a recipe takes from outside its own text: local files, and tasks that a factory of the user makes."""

from recipebatch.inputs.factories import WantedItems
from recipebatch.inputs.local_files import (
    LocalFile,
    LocalInputs,
    WantedInputs,
    WantedNames,
    WantedTable,
    WantedUpload,
    read_local_inputs,
)

__all__ = [
    "LocalFile",
    "LocalInputs",
    "WantedInputs",
    "WantedItems",
    "WantedNames",
    "WantedTable",
    "WantedUpload",
    "read_local_inputs",
]
