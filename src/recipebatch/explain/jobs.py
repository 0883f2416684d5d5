"""Codes of what is wrong with jobs, pools, containers and `raw:` blocks."""

from __future__ import annotations

from recipebatch.explain.model import Example, Explanation

ENTRIES = (
    Explanation(
        code="unknown-job",
        title="A job that the recipe does not have",
        cause="`after` refers to jobs by their names in `jobs:`.",
        cure="Correct the name; the hint lists those that exist.",
        example=Example(
            "jobs: {a: {tasks: [{command_line: a}]}, b: {after: aa, tasks: [{command_line: b}]}}\n",
            "jobs: {a: {tasks: [{command_line: a}]}, b: {after: a, tasks: [{command_line: b}]}}\n",
        ),
    ),
    Explanation(
        code="job-cycle",
        title="Jobs that wait for each other",
        cause="Following `after` leads back to where it began, so none of these jobs could ever be submitted.",
        cure="Remove one `after`.",
        example=Example(
            "jobs: {a: {after: b, tasks: [{command_line: a}]}, b: {after: a, tasks: [{command_line: b}]}}\n",
            "jobs: {a: {tasks: [{command_line: a}]}, b: {after: a, tasks: [{command_line: b}]}}\n",
        ),
    ),
    Explanation(
        code="job-action",
        title="An action on the job that would not be carried out",
        cause="The service carries out `job_action` of exit conditions only in a job that says so.",
        cure="Add `on_task_failure: perform_exit_options_job_action` to the job.",
        example=Example(
            "tasks: [{command_line: a, exit_conditions: {default: {job_action: terminate}}}]\n",
            "job: {on_task_failure: perform_exit_options_job_action}\n"
            "tasks: [{command_line: a, exit_conditions: {default: {job_action: terminate}}}]\n",
        ),
    ),
    Explanation(
        code="schedule-without-manager",
        title="A schedule without a job manager task",
        cause="By the clock the service makes a job with its job manager task and nothing else.",
        cure="Let a job manager task do the work or add the tasks; or run `recipebatch apply` by a timer of your own.",
        example=Example(
            "job: {schedule: {recurrence_interval: 1d}}\ntasks: []\n",
            "job: {schedule: {recurrence_interval: 1d}, job_manager_task: {command_line: a}}\n",
        ),
    ),
    Explanation(
        code="schedule-purge",
        title="A schedule that is removed as soon as it is made",
        cause="`purge: always` removes the schedule when the run ends, which is at once.",
        cure="Write `purge: never` or `ask`.",
        example=Example(
            "job: {schedule: {recurrence_interval: 1d}, job_manager_task: {command_line: a}}\npurge: always\n",
            "job: {schedule: {recurrence_interval: 1d}, job_manager_task: {command_line: a}}\npurge: never\n",
        ),
    ),
    Explanation(
        code="unknown-pool",
        title="A pool that the recipe does not have",
        cause="A job names its pool by the name that the recipe gives it.",
        cure="Correct the name; the hint lists those that exist.",
        example=Example("job: {pool: big}\n", "job: {pool: pool}\n"),
    ),
    Explanation(
        code="unknown-image",
        title="An alias of an image that does not exist",
        cause="An image is one of the known aliases, or a reference with publisher, offer and SKU.",
        cure="Take the alias in the hint, or write the reference out.",
        example=Example(
            "pool: {image: ubuntu-24.4, vm_size: STANDARD_D2S_V3}\n",
            "pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3}\n",
        ),
    ),
    Explanation(
        code="unknown-container",
        title="A container that the recipe does not have",
        cause="Containers are used by the name that `storage:` gives them.",
        cure="Correct the name, or add the container to `storage:`.",
        example=Example(
            "storage: {output: {}}\ncollect: [{container: outptu}]\n",
            "storage: {output: {}}\ncollect: [{container: output}]\n",
        ),
    ),
    Explanation(
        code="duplicate-container",
        title="Two names for one container",
        cause="Two entries of `storage:` have the same name in the account; what one may purge the other still needs.",
        cure="Use one logical name for it.",
        example=Example(
            "storage: {a: {container: data}, b: {container: data}}\n",
            "storage: {a: {container: data}}\n",
        ),
    ),
    Explanation(
        code="missing-file",
        title="A local file that is not there",
        cause="A path or pattern matches nothing, or a file cannot be read. Paths are relative to the recipe's folder.",
        cure="Correct the path; `recipebatch plan` shows what is found.",
        example=Example("storage: {input: {uploads: [no-such.txt]}}\n", "storage: {input: {uploads: [a.txt]}}\n"),
    ),
    Explanation(
        code="duplicate-blob",
        title="Two files that would be one blob",
        cause="A blob's name is the path below the fixed part of its source; two sources give the same.",
        cure="Give one of them a `prefix`.",
        example=Example(
            "storage: {input: {uploads: [a.txt, other/a.txt]}}\n",
            "storage: {input: {uploads: [a.txt, {source: other/a.txt, prefix: other/}]}}\n",
        ),
    ),
    Explanation(
        code="invalid-blob-name",
        title="A file whose name cannot be a blob's",
        cause=(
            "The name is not UTF-8, holds a backslash or a reserved character, has `.` or `..` between slashes, or the"
            " whole is longer than 1,024 characters."
        ),
        cure="Rename the file.",
        shown="mv bad$'\\xff'name good-name",
    ),
    Explanation(
        code="raw-modelled",
        title="Something in `raw:` that the recipe has a key for",
        cause="The same property would be said twice, and which one counts could not be told.",
        cure="Move it out of `raw`, to the key that the message names.",
        example=Example(
            "tasks: [{command_line: a, raw: {commandLine: b}}]\n",
            "tasks: [{command_line: b}]\n",
        ),
    ),
    Explanation(
        code="raw-name",
        title="A name in `raw:` that is not the REST API's",
        cause="What stands in `raw` goes into the request as it is; the REST API writes names in camelCase.",
        cure="Write it as the REST API does.",
        example=Example(
            "tasks: [{command_line: a, raw: {affinity_info: {}}}]\n",
            "tasks: [{command_line: a, raw: {affinityInfo: {affinityId: x}}}]\n",
        ),
    ),
)
