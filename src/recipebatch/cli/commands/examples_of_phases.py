"""The examples in the help of the commands of the phases, whose other help is in the table of phases."""

from __future__ import annotations

from recipebatch.phases import COLLECT, PROVISION, PURGE, STAGE, SUBMIT, WATCH

_OF_RUN = "--run 20260102-030405-abcd"

EXAMPLES = {
    STAGE: (
        "recipebatch stage recipe.yaml  # Upload new and changed files, in a run of their own if none is unfinished",
        "recipebatch stage recipe.yaml -p words=5 --new  # Start another run",
    ),
    PROVISION: (
        "recipebatch provision recipe.yaml  # Make the pools, and wait for their nodes",
        f"recipebatch provision {_OF_RUN}  # The same for one run",
    ),
    SUBMIT: (
        "recipebatch submit recipe.yaml  # Add the tasks that are missing",
        f"recipebatch submit {_OF_RUN}  # The same for one run",
    ),
    WATCH: (
        "recipebatch watch recipe.yaml  # Follow the tasks to their end; Ctrl-C ends only the command",
        f"recipebatch watch {_OF_RUN} --timeout 20m  # For twenty minutes at most",
    ),
    COLLECT: (
        "recipebatch collect recipe.yaml -o results  # Download what the recipe collects, into a folder",
        f"recipebatch collect {_OF_RUN} --include 'output/*.csv'  # Only some blobs",
    ),
    PURGE: (
        "recipebatch purge recipe.yaml  # Delete what the newest run made, after a question",
        "recipebatch purge recipe.yaml --all --yes  # The same for all of your runs of the recipe, without a question",
        "recipebatch purge --orphans  # Which resources does no run own any more?",
    ),
}
"""The examples in the help of each phase."""
