"""Codes of what is wrong with task templates, their loops, their order and their merging."""

from __future__ import annotations

from recipebatch.explain.model import Example, Explanation

ENTRIES = (
    Explanation(
        code="duplicate-name",
        title="Two task templates of one name",
        cause="Other templates refer to a template by its name, and default ids begin with it.",
        cure="Give each template a `name` of its own.",
        example=Example(
            "tasks: [{command_line: a}, {command_line: b}]\n",
            "tasks: [{name: a, command_line: a}, {name: b, command_line: b}]\n",
        ),
    ),
    Explanation(
        code="empty-for-each",
        title="A loop that gives no tasks",
        cause="Nothing fits prefix, include and exclude, the table has no rows, or a dimension has no values. A run "
        "without tasks is most often a mistake.",
        cure="Check the filters and what they look at; `recipebatch plan` shows the blobs of each container.",
        example=Example(
            "tasks: [{command_line: a, for_each: {items: [1], exclude: ['${{ item == 1 }}']}}]\n",
            "tasks: [{command_line: a, for_each: {items: [1, 2], exclude: ['${{ item == 1 }}']}}]\n",
        ),
    ),
    Explanation(
        code="empty-job",
        title="A job without tasks",
        cause="`when` is false for all of its task templates, so there is nothing to run.",
        cure="Give other parameters, or let one template without `when` remain.",
        example=Example(
            "tasks: [{command_line: a, when: '${{ 1 > 2 }}'}]\n",
            "tasks: [{command_line: a, when: '${{ 2 > 1 }}'}]\n",
        ),
    ),
    Explanation(
        code="too-many-tasks",
        title="More tasks than one job may have here",
        cause="The product of the dimensions is larger than what can be planned and submitted as one run.",
        cure="Make the ranges smaller, set `limit`, or let one task do several items.",
        example=Example(
            "tasks: [{command_line: a, for_each: {range: {stop: 100000000}}}]\n",
            "tasks: [{command_line: a, for_each: {range: {stop: 10}}}]\n",
        ),
    ),
    Explanation(
        code="unknown-format",
        title="A table whose suffix does not tell its format",
        cause="The suffixes .csv, .tsv, .tab, .jsonl and .ndjson are known.",
        cure="Add `format: csv`, `tsv` or `jsonl` to `rows`.",
        shown="for_each: {rows: {file: values.txt, format: csv}}",
    ),
    Explanation(
        code="invalid-table",
        title="A table that cannot be read as what it is said to be",
        cause="A row has more or fewer fields than the header, a value does not have the type of its column, or a "
        "line is "
        "no JSON object.",
        cure="The message names the line; correct the table, or the `types` of its columns.",
        shown="for_each: {rows: {file: values.csv, types: {n: integer}}}",
    ),
    Explanation(
        code="unknown-template",
        title="A task template that the job does not have",
        cause="`depends_on` and `reduce` refer to templates of the same job by their `name`. Between jobs, `after` "
        "waits.",
        cure="Correct the name; give the template a `name` if it has none.",
        example=Example(
            "tasks: [{name: a, command_line: a}, {name: b, command_line: b, depends_on: aa}]\n",
            "tasks: [{name: a, command_line: a}, {name: b, command_line: b, depends_on: a}]\n",
        ),
    ),
    Explanation(
        code="unknown-item",
        title="A dependency on the same item that the other template does not have",
        cause="`item: same` needs two loops whose items can be compared: each item of this one must be one of the "
        "other.",
        cure="Let both templates loop over the same, or depend on all tasks of the other.",
        example=Example(
            "tasks:\n- {name: a, command_line: a}\n"
            "- {name: b, command_line: b, for_each: {items: [1]}, depends_on: {same_item: a}}\n",
            "tasks:\n- {name: a, command_line: a}\n"
            "- {name: b, command_line: b, for_each: {items: [1]}, depends_on: a}\n",
        ),
    ),
    Explanation(
        code="unknown-task",
        title="A dependency on a task id that the job does not have",
        cause="The service would let the task wait for ever.",
        cure="Correct the id or range, or depend on a template by its name.",
        example=Example(
            "tasks: [{name: a, id: a, command_line: a}, {name: b, command_line: b, depends_on: {task_ids: [c]}}]\n",
            "tasks: [{name: a, id: a, command_line: a}, {name: b, command_line: b, depends_on: {task_ids: [a]}}]\n",
        ),
    ),
    Explanation(
        code="dependency-cycle",
        title="Tasks that wait for each other",
        cause="Following the dependencies leads back to where they began, so none of these tasks could ever start.",
        cure="Remove one of the dependencies that the message lists.",
        example=Example(
            "tasks: [{name: a, command_line: a, depends_on: b}, {name: b, command_line: b, depends_on: a}]\n",
            "tasks: [{name: a, command_line: a}, {name: b, command_line: b, depends_on: a}]\n",
        ),
    ),
    Explanation(
        code="dependencies-too-long",
        title="More dependencies than one task may have",
        cause="The service takes the ids of a task's dependencies up to a length in all; ranges of integer ids need "
        "next to none of it.",
        cure="Leave out `id` of the templates that are waited for: they get integer ids, of which ranges fit.",
        shown="tasks: [{name: parts, …}, {name: merge, depends_on: parts, …}]   # no `id:` in parts",
    ),
    Explanation(
        code="task-too-large",
        title="A task that does not fit one request",
        cause="The service limits the size of a request; a command line, an environment or a list of files is too "
        "long.",
        cure="Put long texts and lists into a file of a container, and name that as resource file.",
        shown="resource_files: [{container: input, blob_prefix: part-1/}]   # instead of a thousand entries",
    ),
    Explanation(
        code="reduce-output",
        title="A template whose output cannot be merged as it stands",
        cause="`reduce` needs one output file of the template that it merges, without a wildcard in its pattern.",
        cure="Add such an output file, or name one by its `file_pattern` in `output`.",
        example=Example(
            "storage: {out: {}}\ntasks: [{name: a, command_line: a}, {name: b, command_line: b, reduce: {over: a}}]\n",
            "storage: {out: {}}\n"
            "tasks:\n"
            "- {name: a, command_line: a, output_files: [{file_pattern: r.txt, container: out, path: 'a/r.txt'}]}\n"
            "- {name: b, command_line: b, reduce: {over: a},"
            " output_files: [{file_pattern: all.txt, container: out, path: all.txt}]}\n",
        ),
    ),
    Explanation(
        code="empty-reduce",
        title="A merge of tasks that are left out",
        cause="`when` is false for the template that `reduce` merges, and true for the one that merges.",
        cure="Give both templates the same `when`.",
        example=Example(
            "tasks:\n- {name: a, command_line: a, when: '${{ 1 > 2 }}'}\n"
            "- {name: b, command_line: b, reduce: {over: a}}\n",
            "tasks:\n- {name: a, command_line: a}\n- {name: b, command_line: b, when: '${{ 1 > 2 }}'}\n",
        ),
    ),
    Explanation(
        code="resource-file-form",
        title="A resource file by an expression that is no file",
        cause="The short form is `${{ file }}` alone: the blob of a loop over files.",
        cure="Write `- container: NAME` with `blob:`, or `- ${{ file }}` in a `for_each: files` loop.",
        example=Example(
            "storage: {input: {uploads: [a.txt]}}\n"
            "tasks: [{command_line: a, for_each: {files: input}, resource_files: ['${{ file.path }}']}]\n",
            "storage: {input: {uploads: [a.txt]}}\n"
            "tasks: [{command_line: a, for_each: {files: input}, resource_files: ['${{ file }}']}]\n",
        ),
    ),
    Explanation(
        code="multi-instance",
        title="A multi-instance task that its pool cannot run",
        cause="It takes whole nodes of one task slot that may talk to each other.",
        cure="Let the pool have `enable_inter_node_communication: true` and one task slot per node, and the task one "
        "required slot.",
        example=Example(
            "tasks: [{command_line: a, required_slots: 2, multi_instance_settings: {number_of_instances: 2}}]\n",
            "tasks: [{command_line: a}]\n",
        ),
    ),
    Explanation(
        code="no-container-configuration",
        title="A container task on a pool without containers",
        cause="Nodes run containers only if their pool says so when it is made.",
        cure="Add a container configuration to the pool.",
        example=Example(
            "tasks: [{command_line: a, container_settings: {image_name: 'debian:12'}}]\n",
            "tasks: [{command_line: a}]\n",
        ),
    ),
    Explanation(
        code="same-blob",
        title="Two tasks that write the same blob",
        cause="Whichever ends last would win, and the output of the other would be lost.",
        cure="Add `${{ task.id }}` to the `path` of the output file.",
        example=Example(
            "storage: {out: {}}\ntasks:\n- command_line: a\n  for_each: {items: [1, 2]}\n"
            "  output_files: [{file_pattern: r.txt, container: out, path: r.txt}]\n",
            "storage: {out: {}}\ntasks:\n- command_line: a\n  for_each: {items: [1, 2]}\n"
            "  output_files: [{file_pattern: r.txt, container: out, path: '${{ task.id }}/r.txt'}]\n",
        ),
    ),
)
