"""Counts the words of a text file on a node and uploads the most frequent ones to a blob container.

    python topn.py --filepath taskdata1.txt --numwords 3

The destination comes from the environment, so that no SAS is on a command line:

    OUTPUT_CONTAINER_URL   the container's URL, without a SAS
    OUTPUT_SAS_TOKEN       a SAS with permission to write blobs

The result, `taskdata1_OUTPUT.txt` for `taskdata1.txt`, is written to the working directory and uploaded under the same
name; an existing blob is replaced, so a retried task succeeds. It is UTF-8, one entry per line:

    taskdata1.txt: top 3 words
    the: 211
    of: 127
    and: 93
    ------------------------------
    Node: tvmps_0123_d
    Task: topn-taskdata1
    Job: topn
    Pool: topn

A word is a sequence of characters without white space, with punctuation removed at both ends: ASCII and Unicode
punctuation, such as typographic quotes and dashes. Case is kept. Punctuation alone is not a word. Words with equal
counts are in the order of their first appearance. A word contains no white space, so the last `: ` of a line separates
the word from its count.

Input is UTF-8; invalid bytes become U+FFFD. Requires Python 3.9 and azure-storage-blob. Exit codes: 0 success,
1 failure (with one line on stderr), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import logging
import os
import string
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SEPARATOR = "-" * 30
STORAGE_API_VERSION = "2021-12-02"  # emulators may not support the newest version, which is the SDK's default
IDS = (
    ("Node", "AZ_BATCH_NODE_ID"),
    ("Task", "AZ_BATCH_TASK_ID"),
    ("Job", "AZ_BATCH_JOB_ID"),
    ("Pool", "AZ_BATCH_POOL_ID"),
)
NEEDED = ("OUTPUT_CONTAINER_URL", "OUTPUT_SAS_TOKEN", *(variable for _, variable in IDS))


class TopnError(Exception):
    """An error shown to the user; contains no SAS."""


def main(arguments: list[str]) -> int:
    """Count, write and upload; returns the exit code."""
    logging.disable(logging.CRITICAL)  # request logs of libraries contain the SAS
    parsed = parse(arguments)
    try:
        name = run(Path(parsed.filepath), parsed.numwords, os.environ)
    except TopnError as error:
        print(f"topn: error: {error}", file=sys.stderr)
        return 1
    print(f"uploaded {name}")
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parse the command line; exits with code 2 if it is invalid."""
    parser = argparse.ArgumentParser(description="Upload the most frequent words of a text file.")
    parser.add_argument("--filepath", required=True, help="the text file to count the words of")
    parser.add_argument("--numwords", required=True, type=positive, help="how many words to report")
    return parser.parse_args(arguments)


def positive(text: str) -> int:
    """An integer of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def run(source: Path, number: int, environment: Mapping[str, str]) -> str:
    """Run the whole task; returns the name of the result.

    Raises:
        TopnError: the file or the environment is missing, or the upload is refused.
    """
    missing = [name for name in NEEDED if not environment.get(name)]
    if missing:
        raise TopnError(f"missing environment variables: {', '.join(missing)}")
    try:
        with source.open(encoding="utf-8-sig", errors="replace") as lines:
            counts = count(lines)
    except OSError as error:
        raise TopnError(f"cannot read {source}: {error.strerror}") from None
    ids = {label: environment[variable] for label, variable in IDS}
    result = Path(f"{source.stem}_OUTPUT.txt")
    try:
        result.write_bytes(report(source.name, number, counts, ids).encode("utf-8"))
    except OSError as error:
        raise TopnError(f"cannot write {result}: {error.strerror}") from None
    upload(result, environment["OUTPUT_CONTAINER_URL"], environment["OUTPUT_SAS_TOKEN"])
    return result.name


def count(lines: Iterable[str]) -> Counter[str]:
    """How often each word occurs, in the order of first appearance."""
    return Counter(word for line in lines for word in words(line))


def words(text: str) -> Iterator[str]:
    """The words of a text, in order."""
    for piece in text.split():
        start, end = 0, len(piece)
        while start < end and is_punctuation(piece[start]):
            start += 1
        while end > start and is_punctuation(piece[end - 1]):
            end -= 1
        if start < end:
            yield piece[start:end]


def is_punctuation(character: str) -> bool:
    """Whether a character is stripped from the ends of words."""
    return character in string.punctuation or unicodedata.category(character).startswith("P")


def top(counts: Counter[str], number: int) -> list[tuple[str, int]]:
    """The most frequent words; words with equal counts in the order of their first appearance."""
    return counts.most_common(number)


def report(name: str, number: int, counts: Counter[str], ids: dict[str, str]) -> str:
    """The text of the result."""
    lines = [f"{name}: top {number} words"]
    lines += [f"{word}: {times}" for word, times in top(counts, number)]
    lines.append(SEPARATOR)
    lines += [f"{label}: {value}" for label, value in ids.items()]
    return "".join(f"{line}\n" for line in lines)


def upload(result: Path, container_url: str, sas: str) -> None:
    """Upload a file to a container with a SAS.

    Raises:
        TopnError: it is refused, or the service cannot be reached.
    """
    try:
        from azure.core.exceptions import AzureError, HttpResponseError
        from azure.storage.blob import ContainerClient, ExponentialRetry
    except ImportError:
        raise TopnError(f"azure-storage-blob is not installed for {sys.executable}") from None
    container_url = container_url.partition("?")[0].rstrip("/")
    where = f"{container_url}/{result.name}"
    retry = ExponentialRetry(initial_backoff=1, increment_base=2, retry_total=4)
    try:
        with (
            ContainerClient.from_container_url(
                f"{container_url}?{sas.lstrip('?')}", api_version=STORAGE_API_VERSION, retry_policy=retry
            ) as container,
            result.open("rb") as content,
        ):
            container.upload_blob(result.name, content, overwrite=True)
    except HttpResponseError as error:
        # Only status and code: the message may repeat the request.
        code = getattr(error, "error_code", None)
        refusal = f"{error.status_code}" + (f" {getattr(code, 'value', code)}" if code else "")
        raise TopnError(f"the upload to {where} was refused: {refusal}") from None
    except (AzureError, ValueError):
        raise TopnError(f"{where} cannot be reached") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
