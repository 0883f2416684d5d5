"""RunRecord: what must be known to continue a run; pure."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from recipebatch.errors import ServiceError
from recipebatch.plan import DeferredText, SecretParameter
from recipebatch.properties.purge import Part
from recipebatch.properties.written_scalars import respelled, spellings
from recipebatch.runs.summary import first_labels, joined

if TYPE_CHECKING:
    from collections.abc import Collection


RECORD_VERSION = 2
"""Of records that this client writes: an older one says that it is too old for them. It reads all up to this."""
_BUNDLED = "builtin:"
_FORMER_MARK = "\ue000secret:"
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_SUFFIX_LENGTH = 4
_SHOWN = 200
_VERDICTS = frozenset({"succeeded", "failed", "stopped", "unknown"})
_SURROGATE = re.compile("[\ud800-\udfff]")

STARTED, DONE, FAILED = "started", "done", "failed"
"""States of a phase of a run."""

PURGED = "purged"
"""The status of a run whose resources are deleted."""


def place_of(source: str) -> str:
    """The digest (SHA-256, hex) of where a recipe comes from, by which its runs are found.

    Args:
        source: the path of its file with all links followed, or `builtin:NAME`. The machine is no part of it: a run can
            be continued from a container or a machine that has another name and the same folders.
    """
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def new_run_id(now: datetime, random: int) -> str:
    """`20260102-030405-k3f9`: sorts by time, and two that start in the same second differ.

    Args:
        random: any large number; its last digits become the suffix.
    """
    suffix = ""
    for _ in range(_SUFFIX_LENGTH):
        random, digit = divmod(random, len(_ALPHABET))
        suffix += _ALPHABET[digit]
    return f"{now:%Y%m%d-%H%M%S}-{suffix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseState:
    """Where one phase of a run stands: `started`, `done` or `failed`; times in ISO 8601.

    Attributes:
        at: when it took its state.
        began: when a command began it last; empty in records of former versions.
        transferred: the bytes that it has uploaded or downloaded, by all commands together; None if it moves none.
    """

    state: str
    at: str
    summary: str = ""
    began: str = ""
    transferred: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run, without any secret.

    Attributes:
        recipe_text: the recipe as it was when the run started.
        recipe_folder: where its relative paths start, on the machine that started the run.
        recipe_source: where the recipe comes from: the path of its file with all links followed, or `builtin:NAME`.
        recipe_fragments: the files that it extends and includes, as they were (`recipe.Fragment` as JSON).
        parameters: bound values; a secret one stands here by its name only.
        inputs: local files and tables as they were when the run started (`recipe.LocalInputs` as JSON).
        allowed_paths: local files and folders beside the recipe's that the user named when the run started.
        environ: the environment variables that the recipe's expressions may read, as they were when the run started.
        listings: the blobs that `for_each: files` looped over, once the tasks were expanded.
        job_listings: the same for each job that waited for others, by its name in the recipe, once it was expanded.
        retries: tasks that were retried (`plan.Retry` as JSON, with the time).
        staged: by container of the recipe, the MD5 of each input that was uploaded, in hexadecimal.
        outputs: by container of the recipe, the blobs that were there when the tasks had ended (`phases.OutputBlobs`).
        purged: the parts whose deletion has begun while others are kept (`properties.purge.Part`): `jobs`, `pool`,
            `storage`.
        collected: the jobs, by their ids, whose task files were collected when their tasks had ended, each with the ids
            of tasks that ran again since.
        stopped: by whom and when the run was stopped (`by`, `at`); empty if it was not.
        paused: by whom and when it was paused; empty if it is not.
        sizes: by pool of the recipe, the target nodes that `scale` or a changed recipe gave it (`plan.PoolSize`).
        sized_by: the digest of the changed recipe whose target nodes were taken last; empty if none were.
        labels: the metadata that the recipe gives its jobs and pools, by which runs are found.
        tasks: how many tasks had which state when they were submitted or watched last: `active`, `running`,
            `succeeded`, `failed`.
        verdict: `succeeded`, `failed`, `stopped` or `unknown`.
        ended: the run is finished: purged, kept on purpose, or failed for good.
        etag: of the record as it was read; None before it was written.
    """

    run_id: str
    owner: str
    account: str
    created: datetime
    recipe_name: str
    recipe_version: str | None
    recipe_digest: str
    recipe_text: str
    recipe_file: str
    recipe_folder: str
    parameters: dict[str, Any]
    inputs: dict[str, Any]
    allowed_paths: list[dict[str, str]] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    recipe_fragments: list[dict[str, str]] = field(default_factory=list)
    recipe_source: str = ""
    listings: dict[str, list[str]] | None = None
    job_listings: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    phases: dict[str, PhaseState] = field(default_factory=dict)
    retries: list[dict[str, Any]] = field(default_factory=list)
    staged: dict[str, dict[str, str]] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    purged: list[str] = field(default_factory=list)
    collected: dict[str, list[str]] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)
    paused: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, dict[str, int]] = field(default_factory=dict)
    sized_by: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, int] = field(default_factory=dict)
    verdict: str = "unknown"
    ended: bool = False
    etag: str | None = None

    @property
    def source(self) -> str:
        """Where the recipe comes from, also of a record that has no `recipe_source`."""
        if self.recipe_source or self.recipe_file.startswith(_BUNDLED):
            return self.recipe_source or self.recipe_file
        return posixpath.join(self.recipe_folder, posixpath.basename(self.recipe_file))

    def state_of(self, phase: str) -> str | None:
        """`started`, `done`, `failed`, or None when the phase has not started."""
        state = self.phases.get(phase)
        return None if state is None else state.state

    @property
    def failed(self) -> bool:
        """A phase failed, and none has been tried since."""
        return any(state.state == FAILED for state in list(self.phases.values())[-1:])

    def with_phase(
        self, phase: str, state: str, at: datetime, summary: str = "", *, begins: bool = False, transferred: int = 0
    ) -> RunRecord:
        """The record with one phase moved; phases stay in the order in which they last moved.

        Args:
            phase: its name.
            state: `started`, `done` or `failed`.
            at: the time of now.
            summary: what it has done.
            begins: a command begins it now.
            transferred: the bytes that it has uploaded or downloaded since it was moved last.
        """
        before = self.phases.get(phase)
        moment = at.isoformat(timespec="seconds")
        so_far = None if before is None else before.transferred
        phases = {name: value for name, value in self.phases.items() if name != phase}
        phases[phase] = PhaseState(
            state=state,
            at=moment,
            summary=summary,
            began=moment if begins else "" if before is None else before.began,
            transferred=(so_far or 0) + transferred if transferred else so_far,
        )
        return replace(self, phases=phases)

    def moved_to(self, file: str, folder: str, source: str, file_parameters: Collection[str] = ()) -> RunRecord:
        """The record of the same run with its recipe, and the local files below its folder, at another place.

        Args:
            file: the recipe's name as the user gives it now.
            folder: where its relative paths start now.
            source: where it comes from now.
            file_parameters: parameters whose values are paths.
        """
        before = self.recipe_folder.rstrip("/") + "/"

        def now(path: Any) -> Any:
            below = isinstance(path, str) and path.startswith(before)
            return posixpath.join(folder, path.removeprefix(before)) if below else path

        inputs = dict(self.inputs)
        inputs["files"] = {
            container: [{**each, "source": now(each["source"])} for each in files]
            for container, files in self.inputs.get("files", {}).items()
        }
        inputs["tables"] = {now(name): text for name, text in self.inputs.get("tables", {}).items()}
        parameters = {name: now(value) if name in file_parameters else value for name, value in self.parameters.items()}
        return replace(
            self,
            recipe_file=file,
            recipe_folder=folder,
            recipe_source=source,
            recipe_fragments=[
                {**each, "folder": now(each["folder"] + "/").rstrip("/") or "/"} for each in self.recipe_fragments
            ],
            parameters=parameters,
            inputs=inputs,
        )

    def to_json(self) -> str:
        """The text of the record's blob."""
        body = asdict(self)
        del body["etag"]
        body["created"] = self.created.isoformat()
        if spelled := list(spellings(self.parameters)):
            body["spellings"] = spelled
        text = json.dumps({"version": RECORD_VERSION, **body}, ensure_ascii=False, indent=1)
        # A path that is not UTF-8 has surrogates, which UTF-8 has not; JSON has an escape for them.
        return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)

    def to_metadata(self, status: str) -> dict[str, str]:
        """What a list of runs shows, readable without the record; ASCII as metadata must be."""
        values = {
            "recipe": self.recipe_name,
            "owner": self.owner,
            "account": self.account,
            "created": self.created.isoformat(timespec="microseconds"),
            "status": status,
            "verdict": self.verdict,
            "ended": "yes" if self.ended else "no",
            "digest": self.recipe_digest,
            "place": place_of(self.source),
            "tasks": joined((name, str(count)) for name, count in self.tasks.items() if count),
            "labels": joined(first_labels(self.labels)),
        }
        return {name: quote(value, safe=" :+.,;@/") for name, value in values.items()}


def record_from_json(text: str, *, etag: str | None, run_id: str | None = None) -> RunRecord:
    """Read a record's blob.

    Args:
        text: of the blob, which anyone with access to the storage account can have written.
        etag: of the blob.
        run_id: that the record must be of; a record of another run could have that one's resources deleted.

    Raises:
        ServiceError: it is not a record, or one of a later version.
    """
    try:
        body = json.loads(text)
        version = body.pop("version")
        if version not in range(1, RECORD_VERSION + 1):
            raise ServiceError(
                f"the run was recorded by a newer recipebatch (record version {version})", hint="upgrade recipebatch"
            )
        body["created"] = datetime.fromisoformat(body["created"])
        parameters = {name: _parameter(value) for name, value in body["parameters"].items()}
        body["parameters"] = respelled(parameters, body.pop("spellings", ()))
        body["phases"] = {name: _phase_state(value) for name, value in body["phases"].items()}
        record = RunRecord(**body, etag=etag)
        _check_types(record, run_id)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise unreadable(run_id or "", error) from None
    return record


def unreadable(run_id: str, error: Exception) -> ServiceError:
    """The error of a record that says nothing, with what ends such a run."""
    why = f"no {error}" if isinstance(error, KeyError) else str(error)[:_SHOWN]
    return ServiceError(
        f"the record of run {run_id} cannot be read: {why}" if run_id else f"the run's record cannot be read: {why}",
        hint=f"if it cannot be restored: recipebatch runs forget {run_id or 'RUN'} --force, then purge --orphans",
    )


def _check_types(record: RunRecord, run_id: str | None) -> None:
    """Check that a record is of a run, and its values, down to what other code iterates over.

    Raises:
        ValueError: one is of another type.
    """
    texts = (
        "run_id",
        "owner",
        "account",
        "recipe_name",
        "recipe_digest",
        "recipe_text",
        "recipe_file",
        "recipe_source",
    )
    kinds: dict[str, type | tuple[type, ...]] = dict.fromkeys((*texts, "recipe_folder", "verdict", "sized_by"), str)
    kinds |= dict.fromkeys(("parameters", "inputs", "environ", "job_listings", "phases", "staged", "outputs"), dict)
    kinds |= dict.fromkeys(("stopped", "paused", "collected", "sizes", "labels", "tasks"), dict)
    kinds |= dict.fromkeys(("recipe_fragments", "retries", "allowed_paths", "purged"), list)
    kinds |= {"ended": bool, "recipe_version": (str, type(None)), "listings": (dict, type(None))}
    for name, kind in kinds.items():
        if not isinstance(getattr(record, name), kind):
            raise ValueError(f"its {name} is a {type(getattr(record, name)).__name__}")  # noqa: TRY004 - of a text
    lists = all(isinstance(each, list) for each in record.collected.values())
    if not (lists and set(record.purged) <= set(Part)):
        raise ValueError("its purged or collected holds something else than parts or lists of tasks")
    if run_id is not None and record.run_id != run_id:
        raise ValueError(f"it is of another run, {record.run_id!a}")
    if record.created.tzinfo is None:
        raise ValueError("its time has no time zone")
    if record.verdict not in _VERDICTS:
        raise ValueError(f"its verdict is {record.verdict!a}")
    if "\x00" in record.recipe_folder + record.recipe_file + record.recipe_source:
        raise ValueError("a path in it has a null character")
    states = [(each.state, each.at, each.summary, each.began) for each in record.phases.values()]
    environ = [*record.environ, *record.environ.values(), *record.stopped.values(), *record.paused.values()]
    environ += [*record.labels, *record.labels.values()]
    if not all(isinstance(text, str) for text in (*environ, *(text for state in states for text in state))):
        raise ValueError("its environ or phases hold something else than text")
    mappings = (*record.recipe_fragments, *record.retries, *record.allowed_paths)
    inner = (*record.sizes.values(), *record.job_listings.values(), *record.staged.values(), *record.outputs.values())
    counts = all(isinstance(count, int) for count in record.tasks.values())
    if not (counts and all(isinstance(each, dict) for each in (*mappings, *inner))):
        raise ValueError("a list in it holds something else than mappings, or its tasks something else than numbers")


def _phase_state(value: dict[str, Any]) -> PhaseState:
    state = PhaseState(**value)
    if not isinstance(state.transferred, int | None):
        raise ValueError("what a phase transferred is no number of bytes")  # noqa: TRY004 - of a text
    return state


def _parameter(value: object) -> object:
    """The value of a parameter; records of former versions have a text between two private characters for a secret."""
    if isinstance(value, str) and value.startswith(_FORMER_MARK) and value.endswith("\ue001"):
        return DeferredText(SecretParameter(value.removeprefix(_FORMER_MARK)[:-1])).to_json()
    return value
