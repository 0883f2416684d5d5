"""Codes of what stops a command: the command line, the services, the local account, the local disk."""

from __future__ import annotations

from recipebatch.explain.model import Explanation

ENTRIES = (
    Explanation(
        code="error",
        title="Something went wrong that has no code of its own",
        cause="The message says what.",
        cure="Follow the hint, if there is one.",
        shown="recipebatch runs",
    ),
    Explanation(
        code="usage",
        title="The command line or the settings do not say something that can be done",
        cause="An option, a parameter, an account or a file is missing, unknown or contradicts another.",
        cure="The hint says what to write; `recipebatch COMMAND --help` lists the options.",
        shown="recipebatch apply recipes/topn.yaml -p words=5",
    ),
    Explanation(
        code="service",
        title="The Batch or storage service refused",
        cause="The service's own code and words are in the message: a quota, a missing role, a property it does not "
        "take.",
        cure="Follow the hint. Nothing has to be undone: repeat the command when the cause is gone.",
        shown="recipebatch apply recipes/topn.yaml",
    ),
    Explanation(
        code="unreachable",
        title="No answer came",
        cause="The network, the address or the service is down. What was asked may or may not have been done.",
        cure="Try again: every phase can be repeated safely.",
        shown="recipebatch emulator status",
    ),
    Explanation(
        code="pool-conflict",
        title="A pool of this id exists that is not the one the recipe asks for",
        cause="It differs in something that cannot be changed on a living pool, such as the VM size or the image.",
        cure="Purge that pool, or give this recipe's pool another id, or name it as `existing`.",
        shown="recipebatch purge --run RUN",
    ),
    Explanation(
        code="start-task-failed",
        title="The start task of a node failed",
        cause="A command of `start_task` ended with another exit code than 0; its last lines are in the message. The "
        "pool "
        "is there and goes on costing.",
        cure="Correct the start task, purge, and apply again.",
        shown="recipebatch purge recipes/topn.yaml",
    ),
    Explanation(
        code="timed-out",
        title="A wait reached its limit",
        cause="What was waited for has not happened yet, and may still happen: nothing was stopped.",
        cure="`recipebatch watch` waits again; `watch: {timeout: …}` and `--timeout` set the limit.",
        shown="recipebatch watch --run RUN --timeout 7200",
    ),
    Explanation(
        code="interrupted",
        title="The command was interrupted",
        cause="Ctrl-C or a signal. What was begun goes on without the command.",
        cure="The same command continues; `recipebatch purge` removes what is there.",
        shown="recipebatch apply recipes/topn.yaml",
    ),
    Explanation(
        code="local-account",
        title="The local account cannot be installed, started or stopped",
        cause="A package of `recipebatch[local]` is missing, Azurite could not be installed, a port is taken, or the "
        "state "
        "folder cannot be written.",
        cure="The message says which; `recipebatch emulator status` tells more, `emulator reset` starts afresh.",
        shown="recipebatch emulator status",
    ),
    Explanation(
        code="changed-meanwhile",
        title="Somebody else wrote the run's record in between",
        cause="Two commands work on the same run, without knowing of each other.",
        cure="Look with `recipebatch runs` who, and repeat the command.",
        shown="recipebatch runs",
    ),
    Explanation(
        code="defect",
        title="A defect of recipebatch",
        cause="recipebatch met something that it was not made for. What a run has done until then is recorded as after "
        "any other end.",
        cure="Report it with the lines that are printed: keys and signatures are taken out of them. The same command "
        "again continues the run.",
        shown="recipebatch runs",
    ),
    Explanation(
        code="run-locked",
        title="Another command works on the run",
        cause="A lease on the run's record keeps two people from changing the same run at once.",
        cure="Wait until the other command has ended; the lock of a dead one ends by itself within a minute.",
        shown="recipebatch runs",
    ),
    Explanation(
        code="would-overwrite",
        title="A local file is in the way of an output",
        cause="`collect` did not write it, or it was changed since.",
        cure="Move it away, collect into another folder (`--output-dir`), or replace it (`--overwrite`).",
        shown="recipebatch collect --run RUN --output-dir elsewhere",
    ),
    Explanation(
        code="nothing-fits",
        title="A container has blobs, and `include` leaves none of them",
        cause="A pattern is wrong, or the tasks wrote other names. The run stops before its purge, so nothing is lost.",
        cure="Collect with another pattern, then correct the recipe.",
        shown="recipebatch collect --run RUN --include '**/*.csv'",
    ),
    Explanation(
        code="cannot-write",
        title="The local disk does not take what was collected",
        cause="It is full, read-only, or the path is too long. Nothing half written is left under its final name.",
        cure="Make room or choose another folder, and repeat: what is there is not fetched again.",
        shown="recipebatch collect --run RUN --output-dir /data/results",
    ),
)
