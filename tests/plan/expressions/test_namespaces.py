"""What the names in expressions stand for."""

import pytest
from plan.expressions.sample_scope import value_of

from recipebatch.plan.expressions.namespaces import (
    NOT_KNOWN_YET,
    DeferredText,
    File,
    Namespace,
    SasTokenOf,
    env,
    storage,
)
from recipebatch.recipe import ExpressionError
from recipebatch.vocabulary.ids import ContainerName


def test_a_sas_token_is_a_marker_with_letters_in_the_services_order() -> None:
    value = value_of("storage.out.sas_token('write', 'create,read')")
    assert isinstance(value, DeferredText)
    assert value.text == "\ue000sas:out:rcw\ue001"
    joined = value_of("'?' ~ storage.out.sas_token('w')")
    assert joined == "?\ue000sas:out:w\ue001"


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


def test_the_address_of_a_container_is_a_marker_and_its_name_a_text() -> None:
    assert value_of("storage.out.name") == "demo-out"
    url = value_of("storage.out.url")
    assert isinstance(url, DeferredText)
    assert url.text == "\ue000url:out\ue001"


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


def test_a_deferred_text_can_be_joined_on_both_sides_and_not_compared() -> None:
    joined = "a" + DeferredText("<x>") + 1
    assert isinstance(joined, DeferredText)
    assert str(joined) == "a<x>1"
    with pytest.raises(TypeError) as caught:
        _ = joined == "a<x>1"
    assert str(caught.value) == NOT_KNOWN_YET
    with pytest.raises(TypeError):
        _ = joined < "b"
