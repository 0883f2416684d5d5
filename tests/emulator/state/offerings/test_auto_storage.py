from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from azure.storage.blob import ContainerSasPermissions, generate_container_sas

from recipebatch.emulator.state import AutoStorage, Clock, container_sas, to_datetime
from recipebatch.text.secret import Secret

KEY = "a2V5"


def test_a_connection_string_names_account_key_and_endpoint() -> None:
    found = AutoStorage.from_connection_string(
        Secret(f"DefaultEndpointsProtocol=http;AccountName=acc;AccountKey={KEY};BlobEndpoint=http://127.0.0.1:1/acc/")
    )
    assert (found.name, found.key.reveal(), found.blob_endpoint) == ("acc", KEY, "http://127.0.0.1:1/acc")


def test_without_an_endpoint_it_is_that_of_azure() -> None:
    found = AutoStorage.from_connection_string(Secret(f"AccountName=acc;AccountKey={KEY};EndpointSuffix=example.org"))
    assert found.blob_endpoint == "https://acc.blob.example.org"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("AccountName=acc", "no AccountName or no AccountKey"),
        ("AccountKey=a2V5", "no AccountName or no AccountKey"),
        ("AccountName=acc;AccountKey=sec!ret", "is not base64"),
    ],
)
def test_a_connection_string_that_lacks_something_is_refused_without_repeating_it(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        AutoStorage.from_connection_string(Secret(text))
    assert "sec!ret" not in str(caught.value)


def test_a_sas_is_the_one_the_sdk_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    ours = parse_qs(container_sas("acc", Secret(KEY), "con", clock))
    sdk = parse_qs(
        generate_container_sas(
            "acc",
            "con",
            account_key=KEY,
            permission=ContainerSasPermissions(read=True, list=True),
            expiry=to_datetime(now) + timedelta(days=7),
        )
    )
    assert {name: ours[name] for name in ("sr", "sp", "se")} == {name: sdk[name] for name in ("sr", "sp", "se")}
    assert ours.keys() == sdk.keys()


def test_a_containers_url_is_below_the_endpoint() -> None:
    storage = AutoStorage("acc", Secret(KEY), "http://127.0.0.1:1/acc")
    assert storage.container_url("my con", Clock()).startswith("http://127.0.0.1:1/acc/my%20con?sv=")
