"""What should happen next: plain functions from a snapshot to a decision; the loop carries it out.

`placement.py` gives tasks to nodes, `lifecycle.py` says what follows the end of a run or of a job's last task,
`sizing.py` says which nodes come and go.
"""
