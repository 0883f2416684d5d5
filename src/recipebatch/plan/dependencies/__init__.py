"""Which task waits for which: `depends_on`, conflicts, and the tree of a `reduce` template."""
