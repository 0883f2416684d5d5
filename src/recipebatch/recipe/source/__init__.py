"""Recipe files → one document of nodes with positions."""
