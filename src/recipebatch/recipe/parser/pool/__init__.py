"""`pool:` and `pools:` → PoolSpec."""
