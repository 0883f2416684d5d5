"""What the names in expressions stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from plan.expressions.sample_scope import value_of

from recipebatch.plan.expressions.namespaces import (
    NOT_KNOWN_YET,
    File,
    Namespace,
    OpaqueText,
    SasTokenOf,
    env,
    storage,
)
from recipebatch.properties.deferred import ContainerUrl, DeferredText, SasToken, SecretParameter
from recipebatch.recipe import ExpressionError
from recipebatch.vocabulary.ids import ContainerName

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_sas_token_is_a_deferred_value_with_letters_in_the_services_order() -> None:
    value = value_of("storage.out.sas_token('write', 'create,read')")
    assert isinstance(value, OpaqueText)
    assert value.text == DeferredText(SasToken("out", "rcw"))
    joined = value_of("'?' ~ storage.out.sas_token('w') ~ 1 ~ true")
    assert isinstance(joined, OpaqueText)
    assert joined.text == DeferredText("?", SasToken("out", "w"), "1True")


@pytest.mark.parametrize(
    ("path", "folder", "name", "stem", "suffix"),
    [
        ("a/b/c.txt", "a/b", "c.txt", "c", ".txt"),
        ("c.tar.gz", "", "c.tar.gz", "c.tar", ".gz"),
        ("a/.bashrc", "a", ".bashrc", ".bashrc", ""),
        ("a.d/plain", "a.d", "plain", "plain", ""),
        ("end.", "", "end.", "end.", ""),
        ("..x", "", "..x", "..x", ""),
        ("folder/", "folder", "", "", ""),
    ],
)
def test_a_file_has_folder_name_stem_and_suffix(path: str, folder: str, name: str, stem: str, suffix: str) -> None:
    file = File(path, "input")
    assert (file.folder, file.name, file.stem, file.suffix) == (folder, name, stem, suffix)


def test_env_has_the_variables_of_recipebatch_and_a_few_harmless_ones() -> None:
    environ = {"RECIPEBATCH_A": "1", "USER": "me", "USERNAME": "me", "LANG": "C", "TZ": "UTC", "PATH": "/", "user": "x"}
    assert env(environ).values == {"RECIPEBATCH_A": "1", "USER": "me", "USERNAME": "me", "LANG": "C", "TZ": "UTC"}


def test_the_address_of_a_container_is_a_deferred_value_and_its_name_a_text() -> None:
    assert value_of("storage.out.name") == "demo-out"
    url = value_of("storage.out.url")
    assert isinstance(url, OpaqueText)
    assert url.text == DeferredText(ContainerUrl("out"))


def test_a_container_that_a_managed_identity_reaches_has_no_sas() -> None:
    out = storage({"out": ContainerName("demo-out")}, without_sas=("out",)).values["out"]
    assert isinstance(out, Namespace)
    token = out.values["sas_token"]
    assert isinstance(token, SasTokenOf)
    with pytest.raises(TypeError) as caught:
        token("read")
    assert str(caught.value) == "the container out is reached by a managed identity: it has no SAS"


def test_a_sas_token_needs_permissions_that_exist() -> None:
    with pytest.raises(ExpressionError, match="unknown SAS permission peek"):
        SasTokenOf("out")("peek")
    with pytest.raises(ExpressionError, match="sas_token needs the permissions to grant"):
        SasTokenOf("out")()


def test_a_text_that_is_not_known_yet_shows_nothing_of_itself() -> None:
    text = OpaqueText(DeferredText(SecretParameter("tok")))
    ways: list[Callable[[], object]] = [
        lambda: text == "x",
        lambda: text < "x",
        lambda: str(text),
        lambda: f"{text}",
        lambda: bool(text),
        lambda: hash(text),
    ]
    for way in ways:
        with pytest.raises(TypeError) as caught:
            way()
        assert str(caught.value) == NOT_KNOWN_YET
    assert repr([text]) == "[a text that is not known yet]"


def test_env_has_no_secrets() -> None:
    secrets = ("SECRET_A", "SECRET_", "BATCH_KEY", "STORAGE_CONNECTION_STRING", "My_Token", "DB_PASSWORD", "SAS")
    assert env({f"RECIPEBATCH_{name}": "x" for name in secrets} | {"RECIPEBATCH_KEYS2": "y"}).values == {
        "RECIPEBATCH_KEYS2": "y"
    }
