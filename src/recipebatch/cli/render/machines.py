"""Images and VM series as tables of at most 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.cli.render import block

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recipebatch.api import ImageInfo, ImageList, SeriesInfo

_UNKNOWN = "?"
_YES_NO = {True: "yes", False: "no", None: _UNKNOWN}


def images_text(found: ImageList) -> str:
    """Images, those with an alias by it; a long name stands on a line of its own."""
    head = ["IMAGE", "GEN", "ARCH", "CONTAINERS", "GPU DRIVER", "UNTIL"]
    asked = found.account is not None
    rows = [_image_row(info, asked=asked) for info in found.images]
    lines = _table([*head, "OFFERED"] if asked else head, rows, widest=24)
    if not asked:
        lines += ["", "what an account offers: recipebatch images --account NAME"]
    return block(lines)


def sizes_text(found: Sequence[SeriesInfo], *, of_sizes: bool) -> str:
    """VM series, or sizes with theirs."""
    if of_sizes:
        head = ["VM SIZE", "CORES", "SERIES", "GEN", "ARCH", "GPU", "UNTIL"]
        rows = [[info.size or "", _or_unknown(info.cores), info.series or _UNKNOWN, *_facts(info)] for info in found]
    else:
        head = ["SERIES", "GEN", "ARCH", "GPU", "UNTIL"]
        rows = [[info.series or "", *_facts(info)] for info in found]
    note = "the sizes that a region offers: az batch location list-skus --location REGION"
    return block([*_table(head, rows, widest=32), "", note])


def _facts(info: SeriesInfo) -> list[str]:
    if info.series is None:
        return [_UNKNOWN] * 4
    generations = ", ".join(map(str, info.generations)) if info.generations is not None else _UNKNOWN
    return [generations, info.architecture or _UNKNOWN, info.gpu or "no", info.retirement or "no end known"]


def _image_row(info: ImageInfo, *, asked: bool) -> list[str]:
    row = [
        info.alias or f"{info.publisher}/{info.offer}/{info.sku}",
        _or_unknown(info.generation),
        info.architecture or _UNKNOWN,
        _YES_NO[info.containers],
        _YES_NO[info.gpu_driver],
        info.end_of_support or _UNKNOWN,
    ]
    return [*row, _YES_NO[info.offered]] if asked else row


def _or_unknown(value: int | None) -> str:
    return _UNKNOWN if value is None else str(value)


def _table(head: list[str], rows: Iterable[list[str]], *, widest: int) -> list[str]:
    """The lines of a table; what is wider than the first column may be goes before its line."""
    lines: list[list[str]] = [head]
    for row in rows:
        lines += [[row[0]], ["", *row[1:]]] if len(row[0]) > widest else [row]
    whole = [line for line in lines if len(line) > 1]
    widths = [max(len(line[column]) for line in whole) for column in range(len(head))]
    return ["  ".join(f"{text:{width}}" for text, width in zip(line, widths, strict=False)).rstrip() for line in lines]
