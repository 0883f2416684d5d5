"""Recipe files → one document of nodes with positions."""

from recipebatch.recipe.source.composition import BUNDLED, Fetch, UnreadableFragmentError, merged, recorded_fragments
from recipebatch.recipe.source.document import MAX_BYTES, parse, read_text
from recipebatch.recipe.source.hints import hint_for_missing_key
from recipebatch.recipe.source.parameter_files import parameter_positions, read_parameters
from recipebatch.recipe.source.schema_errors import check

__all__ = [
    "BUNDLED",
    "MAX_BYTES",
    "Fetch",
    "UnreadableFragmentError",
    "check",
    "hint_for_missing_key",
    "merged",
    "parameter_positions",
    "parse",
    "read_parameters",
    "read_text",
    "recorded_fragments",
]
