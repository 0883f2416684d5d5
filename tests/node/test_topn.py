from __future__ import annotations

import importlib.util
import os
import re
import string
import subprocess
import sys
import unicodedata
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from azure.storage.blob import generate_container_sas
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.storage.blob import BlobServiceClient, ContainerClient

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "node" / "topn.py"
PUNCTUATION = string.punctuation + "".join(
    character for character in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(character)[0] == "P"
)
IDS = {
    "AZ_BATCH_NODE_ID": "tvmps_1_d",
    "AZ_BATCH_TASK_ID": "task-1",
    "AZ_BATCH_JOB_ID": "job-1",
    "AZ_BATCH_POOL_ID": "pool-1",
}


def load() -> Any:
    specification = importlib.util.spec_from_file_location("topn", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


topn = load()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("one two\tthree\nfour\u00a0five", ["one", "two", "three", "four", "five"]),
        ('"Stop!" (he said) -- and: ran...', ["Stop", "he", "said", "and", "ran"]),
        ("don't o'clock well-known a.m. U.S.A.", ["don't", "o'clock", "well-known", "a.m", "U.S.A"]),
        ("“Ja”, «non» \u2018yes\u2019 — … ¿qué?", ["Ja", "non", "yes", "qué"]),
        ("... -- !", []),
        ("The the THE", ["The", "the", "THE"]),
        ("$5 50% #1 €7 a_b _c_", ["5", "50", "1", "€7", "a_b", "c"]),
        ("", []),
    ],
)
def test_words_are_split_at_white_space_and_stripped_of_punctuation(text: str, words: list[str]) -> None:
    assert list(topn.words(text)) == words


def test_words_of_equal_count_stand_in_the_order_of_first_appearance() -> None:
    counts = topn.count(["b a", "a b c", "d"])
    assert topn.top(counts, 3) == [("b", 2), ("a", 2), ("c", 1)]
    assert topn.top(counts, 99) == [("b", 2), ("a", 2), ("c", 1), ("d", 1)]


def test_the_report_has_a_header_words_a_separator_and_the_ids() -> None:
    text = topn.report("a b.txt", 2, topn.count(["x x y: :z"]), {"Node": "n", "Task": "t"})
    assert text == f"a b.txt: top 2 words\nx: 2\ny: 1\n{'-' * 30}\nNode: n\nTask: t\n"


def independent_count(text: str) -> list[tuple[str, int]]:
    """The same by other means: a regular expression for the pieces, sorting by count and position."""
    pieces = [piece.strip(PUNCTUATION) for piece in re.split(r"\s+", text)]
    pieces = [piece for piece in pieces if piece]
    return sorted(
        ((word, pieces.count(word)) for word in set(pieces)), key=lambda pair: (-pair[1], pieces.index(pair[0]))
    )


@given(st.text(alphabet=st.sampled_from("aAbé.,'\"-—…$_ \n\t\u2003"), max_size=60), st.integers(1, 9))
def test_the_count_equals_an_independent_count(text: str, number: int) -> None:
    # Lines end as in a file that is opened as text.
    assert topn.top(topn.count(text.splitlines(keepends=True)), number) == independent_count(text)[:number]


@pytest.mark.parametrize("name", ["taskdata1.txt", "taskdata2.txt", "taskdata3.txt"])
def test_the_texts_of_the_recipe_are_counted_right(name: str) -> None:
    text = (ROOT / "recipes" / "topn" / name).read_text(encoding="utf-8")
    assert len(text) > 20_000
    assert topn.top(topn.count([text]), 50) == independent_count(text)[:50]


# As a process, as on a node.


@pytest.fixture
def container(blob_service: BlobServiceClient) -> Iterator[ContainerClient]:
    with blob_service.create_container(f"topn-{uuid.uuid4()}") as client:
        yield client
        client.delete_container()


def sas_for(service: BlobServiceClient, container: ContainerClient, permission: str) -> str:
    return generate_container_sas(
        str(service.account_name),
        container.container_name,
        account_key=service.credential.account_key,
        permission=permission,
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )


def run(directory: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "NO_PROXY": "127.0.0.1,localhost"}
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        cwd=directory,
        env=clean | environment,
        check=False,
        capture_output=True,
        encoding="utf-8",
    )


def test_a_file_is_counted_and_the_result_uploaded_with_the_sas_alone(
    tmp_path: Path, container: ContainerClient, blob_service: BlobServiceClient
) -> None:
    name = 'it\'s a "text"; $(x) ü.txt'
    (tmp_path / name).write_bytes("\ufeffsea ship sea\r\nÜber sea. \xff ship!".encode() + b" \xff\xfe")
    to = {"OUTPUT_CONTAINER_URL": container.url, "OUTPUT_SAS_TOKEN": sas_for(blob_service, container, "w")}
    done = run(tmp_path, "--filepath", name, "--numwords", "2", **IDS, **to)
    result = 'it\'s a "text"; $(x) ü_OUTPUT.txt'
    assert (done.returncode, done.stderr, done.stdout) == (0, "", f"uploaded {result}\n")
    expected = (
        f"{name}: top 2 words\nsea: 3\nship: 2\n{'-' * 30}\nNode: tvmps_1_d\nTask: task-1\nJob: job-1\nPool: pool-1\n"
    )
    assert container.download_blob(result).readall().decode("utf-8") == expected
    assert (tmp_path / result).read_text(encoding="utf-8") == expected


def test_a_retried_task_replaces_its_result(
    tmp_path: Path, container: ContainerClient, blob_service: BlobServiceClient
) -> None:
    container.upload_blob("a_OUTPUT.txt", b"of an earlier try, which was longer" * 9)
    (tmp_path / "a.txt").write_text("word", encoding="utf-8")
    to = {"OUTPUT_CONTAINER_URL": container.url, "OUTPUT_SAS_TOKEN": "?" + sas_for(blob_service, container, "w")}
    assert run(tmp_path, "--filepath", str(tmp_path / "a.txt"), "--numwords", "1", **IDS, **to).returncode == 0
    assert container.download_blob("a_OUTPUT.txt").readall() == (tmp_path / "a_OUTPUT.txt").read_bytes()


def test_a_refused_upload_is_one_line_without_the_sas(
    tmp_path: Path, container: ContainerClient, blob_service: BlobServiceClient
) -> None:
    (tmp_path / "a.txt").write_text("word", encoding="utf-8")
    sas = sas_for(blob_service, container, "r")
    to = {"OUTPUT_CONTAINER_URL": container.url, "OUTPUT_SAS_TOKEN": sas}
    done = run(tmp_path, "--filepath", "a.txt", "--numwords", "1", **IDS, **to)
    assert done.returncode == 1
    where = f"{container.url}/a_OUTPUT.txt"
    assert re.fullmatch(rf"topn: error: the upload to {re.escape(where)} was refused: 403 \w+\n", done.stderr)
    assert "sig=" not in done.stderr + done.stdout


def test_a_service_that_cannot_be_reached_is_one_line_without_the_sas(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("word", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name, value in {**IDS, "OUTPUT_CONTAINER_URL": "not a url", "OUTPUT_SAS_TOKEN": "sig=TOPSECRET"}.items():
        monkeypatch.setenv(name, value)
    with monkeypatch.context() as patched:
        patched.setattr(topn.logging, "disable", lambda _: None)
        assert topn.main(["--filepath", "a.txt", "--numwords", "1"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("topn: error: ")
    assert error.count("\n") == 1
    assert "TOPSECRET" not in error


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    to = {"OUTPUT_CONTAINER_URL": "http://127.0.0.1:1/c", "OUTPUT_SAS_TOKEN": "sig=x"}
    done = run(tmp_path, "--filepath", "none.txt", "--numwords", "1", **IDS, **to)
    assert done.returncode == 1
    assert done.stderr == "topn: error: cannot read none.txt: No such file or directory\n"


def test_a_missing_environment_is_one_line_that_names_it(tmp_path: Path) -> None:
    done = run(tmp_path, "--filepath", "none.txt", "--numwords", "1", **IDS, OUTPUT_CONTAINER_URL="http://h/c")
    assert done.returncode == 1
    assert done.stderr == "topn: error: missing environment variables: OUTPUT_SAS_TOKEN\n"


@pytest.mark.parametrize(
    "arguments", [(), ("--filepath", "a", "--numwords", "0"), ("--filepath", "a", "--numwords", "x")]
)
def test_a_wrong_command_line_is_exit_code_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert run(tmp_path, *arguments).returncode == 2
