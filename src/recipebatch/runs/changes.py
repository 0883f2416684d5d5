"""What two runs, or a run and its recipe of today, have not in common. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.text.differences import differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Written = tuple[str, Iterable[Mapping[str, str]]]


def recipe_diff(
    before: tuple[str, Iterable[Mapping[str, str]]],
    after: tuple[str, Iterable[Mapping[str, str]]],
    first: str,
    second: str,
) -> str:
    """A unified diff of two recipes with the files that they are made from; empty when they are equal.

    Args:
        before: the recipe's text, and its fragments as JSON values.
        after: the same of the other.
        first: what the one is called.
        second: what the other is called.
    """
    return "".join(differences(_lines(*before), _lines(*after), first, second, end="\n"))


def file_changes(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    before_staged: Mapping[str, Mapping[str, str]] | None = None,
    after_staged: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, list[str]]:
    """What happened to local files: `added`, `removed` and `changed`, each a list of `container/blob` or of tables.

    Args:
        before: `recipe.LocalInputs` as JSON.
        after: the same, later.
        before_staged: the MD5 of each input by container and blob, as staged. A file counts as unchanged if its size
            is the same and one of the two was not staged.
        after_staged: the same of the later ones.
    """
    old, new = _files(before), _files(after)
    md5s = [
        {f"{container}/{blob}": md5 for container, blobs in (staged or {}).items() for blob, md5 in blobs.items()}
        for staged in (before_staged, after_staged)
    ]
    for name in md5s[0].keys() & md5s[1].keys():
        if md5s[0][name] != md5s[1][name] and name in old and name in new:
            old[name] = None
    return {
        "added": sorted(new.keys() - old.keys()),
        "removed": sorted(old.keys() - new.keys()),
        "changed": sorted(name for name in old.keys() & new.keys() if old[name] != new[name]),
    }


def _lines(text: str, fragments: Iterable[Mapping[str, str]]) -> list[str]:
    texts = [text, *(f"# {each['name']}\n{each['text']}" for each in fragments)]
    lines = "\n".join(texts).splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n\\ No newline at end of file\n"
    return lines


def _files(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Local files and tables by name, with what tells one version from another."""
    found: dict[str, Any] = dict(inputs.get("tables", {}))
    for container, files in inputs.get("files", {}).items():
        for file in files:
            found[f"{container}/{file['blob']}"] = {key: value for key, value in file.items() if key != "source"}
    return found
