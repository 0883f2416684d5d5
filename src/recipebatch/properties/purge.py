"""When what a run made is deleted: one word for everything, or one for each part. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PurgeWhen(StrEnum):
    """When a part of a run is deleted."""

    ALWAYS = "always"
    ON_SUCCESS = "on_success"
    NEVER = "never"
    ASK = "ask"


class Part(StrEnum):
    """A part of what a run made that has a life of its own; in the order in which they are deleted."""

    JOBS = "jobs"
    POOL = "pool"
    STORAGE = "storage"


EVERYTHING = frozenset(Part)

_PART_OF = {"job": Part.JOBS, "job schedule": Part.JOBS, "pool": Part.POOL, "container": Part.STORAGE}


def part_of(kind: str) -> Part:
    """The part that a `job`, `job schedule`, `pool` or `container` belongs to."""
    return _PART_OF[kind]


def in_order(parts: frozenset[Part]) -> tuple[Part, ...]:
    """Parts in the order in which they are deleted."""
    return tuple(part for part in Part if part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeRule:
    """`purge:` of a recipe.

    Attributes:
        jobs: of the jobs and job schedules, with their tasks.
        pool: of all pools.
        storage: of all containers.
    """

    jobs: PurgeWhen
    pool: PurgeWhen
    storage: PurgeWhen

    @classmethod
    def of(cls, when: PurgeWhen) -> PurgeRule:
        """One word for everything."""
        return cls(jobs=when, pool=when, storage=when)

    def when(self, part: Part) -> PurgeWhen:
        """When a part is deleted."""
        return {Part.JOBS: self.jobs, Part.POOL: self.pool, Part.STORAGE: self.storage}[part]

    def parts(self, *words: PurgeWhen) -> frozenset[Part]:
        """The parts of which the recipe says one of these words."""
        return frozenset(part for part in Part if self.when(part) in words)

    def to_json(self) -> str | dict[str, str]:
        """As a recipe says it: a word where it is the same for everything."""
        if self.jobs is self.pool is self.storage:
            return self.jobs.value
        return {part.value: self.when(part).value for part in Part}

    def __str__(self) -> str:
        said = self.to_json()
        return said if isinstance(said, str) else ", ".join(f"{part}: {when}" for part, when in said.items())
