"""What `for_each` loops over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.model.setting import Number, Setting, Text
    from recipebatch.recipe.nodes import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDimension:
    """Values written out, or a list by one expression."""

    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeDimension:
    """Numbers from `start` to `stop`, both included, by `step`; integers, or decimals exactly."""

    at: SourcePosition
    start: Setting[float, float]
    stop: Setting[float, None]
    step: Setting[float, float]


Dimension: TypeAlias = ListDimension | RangeDimension


@dataclass(frozen=True, slots=True, kw_only=True)
class ForFiles:
    """One task per blob of a container, or per group of blobs.

    Attributes:
        by_folder: one task per folder.
        group_by: a regular expression with named groups; blobs with equal groups are one task.
        local: a pattern of local files, in place of `container`, which is empty then.
    """

    container: str
    container_at: SourcePosition
    prefix: Setting[str, str]
    include: tuple[Text, ...]
    exclude: tuple[Text, ...]
    by_folder: bool = False
    group_by: str | None = None
    local: Text | None = None

    @property
    def groups(self) -> bool:
        """Whether several blobs may be one task."""
        return self.by_folder or self.group_by is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForGrid:
    """One task per item, per combination of the values of named dimensions, or of a zip per position.

    Of combinations the last dimension changes fastest.

    Attributes:
        repeat: how many equal tasks, of kind `repeat`.
        length: of each combination, of kind `combinations`.
        replacement: a value may occur in a combination more than once.
    """

    kind: str
    dimensions: tuple[tuple[str | None, Dimension], ...]
    repeat: Setting[int, None] | None = None
    length: Number | None = None
    replacement: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """What a random value is drawn from."""

    at: SourcePosition
    kind: str
    arguments: tuple[tuple[str, Setting[float, int]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForRandom:
    """One task per drawn item."""

    at: SourcePosition
    count: Setting[int, None]
    seed: Setting[int, None]
    values: tuple[tuple[str, Distribution], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForRows:
    """One task per row of a table.

    Attributes:
        format: csv, tsv or jsonl; None determines it from the file extension.
        types: column → string, integer, number or boolean; columns of CSV and TSV are texts otherwise.
    """

    file: Text
    format: str | None
    types: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForFactory:
    """One task per item that a function of an installed package gives.

    Attributes:
        arguments: a mapping, or None.
    """

    at: SourcePosition
    name: str
    arguments: Node | None


Source: TypeAlias = ForFiles | ForGrid | ForRows | ForRandom | ForFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEach:
    """A task template's loop.

    Attributes:
        exclude: conditions; an item for which one is true gives no task.
        include: conditions; an item for which one is not true gives no task.
        limit: how many items at most; None is no limit.
        shuffle: the seed of their order; None leaves it.
        batch: how many items to one task; None is one that is no list.
    """

    at: SourcePosition
    source: Source
    exclude: tuple[Node, ...]
    include: tuple[Node, ...]
    limit: Setting[int, None]
    shuffle: Setting[int, None]
    batch: Setting[int, None]
