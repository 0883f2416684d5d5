"""Local files: which may be read for a recipe, opened without following links, listed and read within limits."""

from recipebatch.files.folder_listing import (
    ListedFile,
    Listing,
    ListingBudget,
    TooManyFilesError,
    Unlisted,
    files_in,
    listed_files,
    why_unreadable,
)
from recipebatch.files.read_access import AllowedPath, ReadAccess, RefusedPathError, fixed_part, is_bundled
from recipebatch.files.regular_files import (
    FileTooLargeError,
    NotRegularFileError,
    open_regular,
    read_regular,
    regular_size,
)

__all__ = [
    "AllowedPath",
    "FileTooLargeError",
    "ListedFile",
    "Listing",
    "ListingBudget",
    "NotRegularFileError",
    "ReadAccess",
    "RefusedPathError",
    "TooManyFilesError",
    "Unlisted",
    "files_in",
    "fixed_part",
    "is_bundled",
    "listed_files",
    "open_regular",
    "read_regular",
    "regular_size",
    "why_unreadable",
]
