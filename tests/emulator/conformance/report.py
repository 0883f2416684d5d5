"""Prints the disagreements that the suite finds, or accepts them as known.

    PYTHONPATH=tests python -m emulator.conformance.report [--accept] [--write] [--scenarios [NAME]]

`--accept` rewrites `known_disagreements.json` with the current disagreements and their known reasons; fill in empty
reasons by hand. `--write` writes `docs/emulator-conformance.md`. `--scenarios` replays the
recorded scenarios alone, or those alone whose names begin so.
"""

from __future__ import annotations

import json
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.conformance.answers import Blobs
from emulator.conformance.page import PAGE, figures, page, table
from emulator.conformance.suite import containers, contents, run, run_scenarios

from recipebatch.emulator import start_emulator
from recipebatch.local.azurite.azurite import start_azurite
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from recipebatch.emulator import Emulator

KNOWN = Path(__file__).parent / "known_disagreements.json"


def known() -> dict[str, str]:
    """Where disagreements are known, and why each is there."""
    reasons: dict[str, str] = json.loads(KNOWN.read_text(encoding="utf-8"))
    return reasons


def recorded_emulator(root: Path, connection_string: str) -> Emulator:
    """An emulator whose accounts have what those of the recordings had: auto storage, and one application."""
    package = root / "applications" / "application_id" / "v1.0.zip"
    package.parent.mkdir(mode=0o700, parents=True)
    with zipfile.ZipFile(package, "w") as file:
        file.writestr("readme.txt", "an application")
    return start_emulator(root, auto_storage=Secret(connection_string))


def made_blobs(connection_string: str) -> Blobs:
    """The containers of the scenarios, made in that blob service, and a SAS for them."""
    import datetime as dt

    from azure.storage.blob import AccountSasPermissions, BlobServiceClient, ResourceTypes, generate_account_sas

    with BlobServiceClient.from_connection_string(connection_string) as service:
        for name in containers():
            service.create_container(name)
        for blob, text in contents().items():
            container, _, name = blob.partition("/")
            with service.get_blob_client(container, name) as client:
                client.upload_blob(text)
        sas = generate_account_sas(
            str(service.account_name),
            account_key=service.credential.account_key,
            resource_types=ResourceTypes(container=True, object=True),
            permission=AccountSasPermissions(read=True, write=True, create=True, list=True, add=True),
            expiry=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1),
        )
        return Blobs(service.url.rstrip("/"), sas)


def main() -> None:
    """Run the suite on an emulator of its own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_azurite(Path(folder) / "azurite") as azurite,
        recorded_emulator(Path(folder) / "emulator", azurite.connection_string) as emulator,
    ):
        blobs = made_blobs(azurite.connection_string)
        if "--scenarios" in sys.argv:
            following = (*sys.argv, "")[sys.argv.index("--scenarios") + 1]
            wanted = "" if following.startswith("--") else following
            result = run_scenarios(emulator.new_account, blobs, wanted)
        else:
            result = run(emulator.new_account, blobs)
    print(figures(result))  # noqa: T201  a report is printed
    print(table(result))  # noqa: T201
    reasons = known() if KNOWN.exists() else {}
    for where, what in sorted(result.disagreements.items()):
        print(f"- {where}\n    {what}\n    {reasons.get(where, 'NEW')}")  # noqa: T201
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page(result, known()), encoding="utf-8")
    if "--accept" in sys.argv[1:]:
        asked = {scenario for part in result.parts for scenario in part.per_scenario}
        kept = {where: reason for where, reason in reasons.items() if "--scenarios" in sys.argv}
        kept = {where: reason for where, reason in kept.items() if where.rpartition(" step ")[0] not in asked}
        kept |= {where: reasons.get(where, "") for where in result.disagreements}
        text = json.dumps(dict(sorted(kept.items())), indent=1, ensure_ascii=False)
        KNOWN.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
