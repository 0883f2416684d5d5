"""What the names in expressions stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.properties.deferred import ContainerUrl, DeferredText, SasToken
from recipebatch.recipe import sas_letters

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from recipebatch.vocabulary.ids import ContainerName

NOT_KNOWN_YET = "a secret, a SAS token or a container's URL is not known yet: it can only be joined with texts"
"""The error for an expression that inspects such a value."""

_SECRET_WORDS = frozenset(
    "CONNECTION CREDENTIAL CREDENTIALS KEY KEYS PASS PASSWORD SAS SECRET SECRETS TOKEN TOKENS".split()  # noqa: SIM905
)
"""Words of a variable's name that say that it holds a secret, such as `RECIPEBATCH_BATCH_KEY`."""

ENV_NAMES = frozenset(("USER", "USERNAME", "LANG", "TZ"))
"""The variables that `env` reads beside those whose names begin with `RECIPEBATCH_`."""


class Namespace:
    """A name with members, such as `params`, `run` and `storage`.

    Attributes:
        label: how errors call it.
        values: its members.
    """

    __slots__ = ("label", "values")

    def __init__(self, label: str, values: Mapping[str, object]) -> None:
        self.label = label
        self.values = values


class OpaqueText:
    """A text that is known only when the run needs it; expressions can join it with other texts and nothing else.

    Attributes:
        text: with the deferred values as pieces.
    """

    __slots__ = ("text",)

    def __init__(self, text: DeferredText) -> None:
        self.text = text

    def __repr__(self) -> str:
        return "a text that is not known yet"

    def __str__(self) -> str:
        raise TypeError(NOT_KNOWN_YET)

    def __format__(self, format_spec: str) -> str:
        raise TypeError(NOT_KNOWN_YET)

    def __bool__(self) -> bool:
        raise TypeError(NOT_KNOWN_YET)

    def __getitem__(self, _index: object) -> object:
        raise TypeError(NOT_KNOWN_YET)

    def __contains__(self, _value: object) -> bool:
        raise TypeError(NOT_KNOWN_YET)

    def __eq__(self, other: object) -> bool:
        raise TypeError(NOT_KNOWN_YET)

    __lt__ = __le__ = __gt__ = __ge__ = __eq__

    def __hash__(self) -> int:
        raise TypeError(NOT_KNOWN_YET)


@dataclass(frozen=True, slots=True)
class File:
    """The blob of a task that loops over files.

    Attributes:
        path: the blob's whole name.
        container: logical name.
    """

    path: str
    container: str

    @property
    def name(self) -> str:
        """The part after the last `/`."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The part before the last `/`, or nothing."""
        return self.path.rpartition("/")[0]

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        name = self.name
        return name[: len(name) - len(self.suffix)] if self.suffix else name

    @property
    def suffix(self) -> str:
        """The last `.` of the name and what follows it; nothing when there is none, or only at an end."""
        start, dot, end = self.name.rpartition(".")
        return f"{dot}{end}" if start.strip(".") and end else ""


class SasTokenOf:
    """`storage.NAME.sas_token`, to be called with permissions."""

    __slots__ = ("container", "refused")

    def __init__(self, container: str, *, refused: bool = False) -> None:
        self.container = container
        self.refused = refused

    def __call__(self, *permissions: object) -> OpaqueText:
        """The token with these permissions."""
        if self.refused:
            raise TypeError(f"the container {self.container} is reached by a managed identity: it has no SAS")
        return OpaqueText(DeferredText(SasToken(self.container, sas_letters(permissions))))


def storage(names: Mapping[str, ContainerName], without_sas: Collection[str] = ()) -> Namespace:
    """`storage`: logical name → name, url, sas_token; of those reached by an identity there is no token."""
    members = {
        logical: Namespace(
            logical,
            {
                "name": name,
                "url": OpaqueText(DeferredText(ContainerUrl(logical))),
                "sas_token": SasTokenOf(logical, refused=logical in without_sas),
            },
        )
        for logical, name in names.items()
    }
    return Namespace("storage", members)


def env(environ: Mapping[str, str]) -> Namespace:
    """`env`: the variables that recipes may read: `RECIPEBATCH_*` and `ENV_NAMES`, but no secret."""
    allowed = {
        name: value
        for name, value in environ.items()
        if (name.startswith("RECIPEBATCH_") and not _SECRET_WORDS.intersection(name.upper().split("_")))
        or name in ENV_NAMES
    }
    return Namespace("env", allowed)
