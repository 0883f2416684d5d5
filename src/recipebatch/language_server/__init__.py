"""`recipebatch lsp`: a language server for recipes, over what validation and lint know. The door: `serve`."""

from __future__ import annotations

from recipebatch.errors import UsageError

__all__ = ["serve"]


def serve() -> int:
    """Serve one editor over stdin and stdout until it goes away; returns the exit code.

    Raises:
        UsageError: the packages of the extra `lsp` are not installed.
    """
    try:
        from recipebatch.language_server.server import serve as start
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"pygls", "lsprotocol", "cattrs", "attrs"}:
            raise
        message = f"the language server needs a package that is not installed: {error.name}"
        raise UsageError(message, hint="install it with: pip install 'recipebatch[lsp]'") from None
    return start()
