"""sas: the command that signs an address for a person to whom a result is given."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from recipebatch.cli.options import AccountOption, JsonOption, RunOption, duration, looked_at
from recipebatch.cli.process import print_text, tell
from recipebatch.cli.progress import open_progress


def sas(
    container: Annotated[str, typer.Argument(help="A container, by its name in the recipe or in the storage account.")],
    blob: Annotated[
        str, typer.Argument(metavar="[BLOB|FOLDER/]", help="Only this blob; a folder ends with /. Default: all of it.")
    ] = "",
    recipe: Annotated[
        str | None, typer.Option("--recipe", help="The newest run of this recipe. Default: your newest run.")
    ] = None,
    run: RunOption = None,
    lifetime: Annotated[
        str, typer.Option("--for", metavar="DURATION", help="How long it is good: 90m, 2h, 7d.")
    ] = "2h",
    account: AccountOption = None,
    *,
    read: Annotated[bool, typer.Option("--read", help="Allow to read (the default).")] = False,
    listing: Annotated[bool, typer.Option("--list", help="Allow to list the blobs.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Allow to create and overwrite blobs.")] = False,
    json: JsonOption = False,
) -> None:
    """Print an address with a SAS, by which another person reads a result for some time.

    The address alone gives the access, so pass it on with care: stdout is the address only, and nothing records it.
    """
    from recipebatch import api
    from recipebatch.cli import output

    wanted = [name for name, given in (("read", read), ("list", listing), ("write", write)) if given] or ["read"]
    loaded, run = looked_at(recipe, run)
    with open_progress() as progress:
        found = api.sas(
            container,
            blob,
            recipe=loaded,
            run=run,
            permissions=wanted,
            lifetime=duration("--for", lifetime) or timedelta(),
            account=account,
            progress=progress,
        )
    tell(f"{found.what} until {found.expires:%Y-%m-%d %H:%M} UTC")
    for note in found.notes:
        tell(f"  {note}")
    if json:
        body = {"url": found.url.reveal(), "opens": found.what, "expires": found.expires.isoformat()}
        output.print_json("sas", {"sas": body})
    else:
        print_text(found.url.reveal())
