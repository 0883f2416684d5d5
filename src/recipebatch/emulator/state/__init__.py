"""What the service knows: accounts, pools, nodes, jobs and tasks, in memory and on disk.

`service.py` opens it, `account.py` looks things up, `records.py` and `task_table.py` say what a thing is,
`pool_moves.py`, `job_moves.py` and `task_moves.py` change it and refuse what the service refuses, `store.py` keeps
it on disk, `listener.py` tells the loop that something changed.
"""
