"""Codes of recipes that are made from several files, and of loops with code of their own."""

from __future__ import annotations

from recipebatch.explain.model import Example, Explanation

ENTRIES = (
    Explanation(
        code="missing-include",
        title="A file to extend or include cannot be read",
        cause="There is no file at the path, it may not be read, it is a link out of the recipe's folder, or there is "
        "no bundled recipe of that name.",
        cure="Paths are relative to the file that names them. A bundled recipe is `builtin:NAME`.",
        example=Example("extends: not-there.yaml\n", "x-base: not-there.yaml\n"),
    ),
    Explanation(
        code="include-outside",
        title="A file outside of the recipe's folder",
        cause="A recipe that comes from elsewhere must not read any file of this machine: what it extends and includes "
        "stands in its folder or below.",
        cure="Move the file below the recipe's folder, or keep the recipe above it.",
        example=Example("include: ../../secrets.yaml\n", "x-include: ../../secrets.yaml\n"),
    ),
    Explanation(
        code="include-cycle",
        title="Files that include each other in a circle",
        cause="Each of them needs the other to be whole first.",
        cure="Move what both need into a third file that includes neither.",
        shown="a.yaml → b.yaml → a.yaml",
    ),
    Explanation(
        code="include-conflict",
        title="Two fragments that say different things",
        cause="No reader could tell which of them counts.",
        cure="Say it in the recipe itself, which is stronger than both, or in one of the two.",
        shown="include: [small.yaml, large.yaml]   # both set pool.vm_size",
    ),
    Explanation(
        code="too-many-includes",
        title="A recipe made from too many files",
        cause="A recipe is made from at most 100 files, so that a mistake, or an attack, ends soon.",
        cure="Put what belongs together into one file.",
        shown="include: [parts/1.yaml, parts/2.yaml, …]",
    ),
    Explanation(
        code="unknown-factory",
        title="A task factory that no installed package has",
        cause="`for_each: {factory: NAME}` names an entry point of the group `recipebatch.factories`, and none of the "
        "packages beside recipebatch has it.",
        cure="Install the package that offers it into the same environment, or mend the name.",
        example=Example(
            "tasks: [{command_line: a, for_each: {factory: no-such-factory}}]\n",
            "tasks: [{command_line: a, for_each: {items: [1, 2]}}]\n",
        ),
    ),
    Explanation(
        code="factory-not-allowed",
        title="A recipe from elsewhere asks to run code here",
        cause="A custom task factory is a program. A recipe outside of the current folder does not choose which "
        "programs run on this machine.",
        cure="If you trust the recipe, name the factory: `RECIPEBATCH_ALLOW_FACTORIES=NAME`.",
        shown="RECIPEBATCH_ALLOW_FACTORIES=sobol recipebatch plan ../shared/sweep.yaml",
    ),
    Explanation(
        code="factory-failed",
        title="A custom task factory does not give items",
        cause="The function raised an error, does not take these arguments, or gave what is no list of JSON values.",
        cure="The message has the function's own error. It is called as `function(folder, **arguments)`.",
        shown="def sobol(folder, *, points): return [{'x': 0.5}]",
    ),
    Explanation(
        code="unequal-lengths",
        title="Lists of a zip with different lengths",
        cause="`zip` takes the first values of all lists together, then the second ones: what has no partner would be "
        "lost.",
        cure="Make the lists equally long; every combination is `product`.",
        example=Example(
            "tasks: [{command_line: a, for_each: {zip: {a: [1, 2], b: [1]}}}]\n",
            "tasks: [{command_line: a, for_each: {zip: {a: [1, 2], b: [1, 3]}}}]\n",
        ),
    ),
    Explanation(
        code="invalid-distribution",
        title="A distribution that cannot be",
        cause="The least value is above the greatest, or a value lies outside of them.",
        cure="Mend the values; expressions are evaluated first.",
        example=Example(
            "tasks:\n- command_line: a\n"
            "  for_each: {random: {count: 2, seed: 1, values: {x: {distribution: uniform, low: 3, high: 1}}}}\n",
            "tasks:\n- command_line: a\n"
            "  for_each: {random: {count: 2, seed: 1, values: {x: {distribution: uniform, low: 1, high: 3}}}}\n",
        ),
    ),
    Explanation(
        code="invalid-pattern",
        title="Not a regular expression with named groups",
        cause="`group_by` is a regular expression of Python whose named groups say which blobs belong together.",
        cure="Write groups as `(?P<name>…)`.",
        example=Example(
            "storage: {in: {uploads: [a.txt]}}\n"
            "tasks: [{command_line: a, for_each: {files: {container: in, group_by: '(.*)'}}}]\n",
            "storage: {in: {uploads: [a.txt]}}\n"
            "tasks: [{command_line: a, for_each: {files: {container: in, group_by: '(?P<letter>.)'}}}]\n",
        ),
    ),
    Explanation(
        code="duplicate-file",
        title="Two files of one task with the same path",
        cause="Several blobs come to one task, and in its working directory they would have the same name.",
        cure="Group or batch them so that their names differ.",
        shown="for_each: {files: {container: in}, batch: 2}   # a/x.txt and b/x.txt",
    ),
    Explanation(
        code="too-few-nodes",
        title="More ready nodes are asked for than nodes",
        cause="`provisioning.min_ready_nodes` is more than the pool's target: the wait would never end.",
        cure="Lower it, or ask for more nodes.",
        example=Example(
            "pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, provisioning: {min_ready_nodes: 9}}\n",
            "pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, provisioning: {min_ready_nodes: 1},\n"
            "  target_dedicated_nodes: 1}\n",
        ),
    ),
    Explanation(
        code="too-many-slots",
        title="More task slots than the VM size may have",
        cause="The service allows four task slots for each core of a node, and 256 at most.",
        cure="Lower `task_slots_per_node`, or choose a larger `vm_size`.",
        example=Example(
            "pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, task_slots_per_node: 9}\n",
            "pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, task_slots_per_node: 8}\n",
        ),
    ),
    Explanation(
        code="auto-pool",
        title="A pool that cannot be made with its job",
        cause="A pool lives as long as a schedule only in a job that has one; and a pool that is made with jobs is not "
        "there for other jobs.",
        cure="Write `pool_lifetime_option: job`, and give the other jobs a pool of their own.",
        example=Example(
            "job: {auto_pool: {pool_lifetime_option: job_schedule}}\n",
            "job: {auto_pool: {pool_lifetime_option: job}}\n",
        ),
    ),
    Explanation(
        code="duplicate-mount",
        title="Two mounts with the same path",
        cause="Each is a folder below `$AZ_BATCH_NODE_MOUNTS_DIR`; the second would hide the first.",
        cure="Give each a `relative_mount_path` of its own.",
        shown="relative_mount_path: data   # twice",
    ),
    Explanation(
        code="no-nodes",
        title="The service has no nodes for the pool",
        cause="The allocation ended with an error: a quota is used up, or the region has none of the VM size left.",
        cure="Give `vm_size` several sizes to try, ask for fewer nodes or for more quota, or provision again later.",
        shown="vm_size: [STANDARD_D4S_V5, STANDARD_D4AS_V5]",
    ),
    Explanation(
        code="invalid-metadata",
        title="Metadata that a header cannot carry",
        cause="Metadata of blobs travels in HTTP headers: printable ASCII, without blanks at its ends.",
        cure="Write the value in ASCII, or keep it in the blob itself.",
        example=Example(
            "storage: {in: {uploads: [{source: a.txt, metadata: {who: 'J\u00fcrgen'}}]}}\n",
            "storage: {in: {uploads: [{source: a.txt, metadata: {who: Juergen}}]}}\n",
        ),
    ),
    Explanation(
        code="into-outside",
        title="Results outside of the folder that one collects into",
        cause="`into` is absolute, or leads upwards: a recipe that comes from elsewhere must not choose where on this "
        "machine files are written.",
        cure="Write a folder below the current one; `--output-dir FOLDER` collects elsewhere.",
        example=Example(
            "storage: {out: {}}\ncollect: [{container: out, into: ../results}]\n",
            "storage: {out: {}}\ncollect: [{container: out, into: results}]\n",
        ),
    ),
    Explanation(
        code="files-outside",
        title="Files outside of the folder that is looked through",
        cause="A loop looks outside of the recipe's folder, or a link in a folder of uploads leads out of it: a recipe "
        "that comes from elsewhere must not look through this machine.",
        cure="Keep the files below the folder, or name a file outside of it as an upload of its own.",
        example=Example(
            "tasks: [{command_line: a, for_each: {files: {local: ../*}}}]\n",
            "tasks: [{command_line: a, for_each: {files: {local: other/*}}}]\n",
        ),
    ),
)
